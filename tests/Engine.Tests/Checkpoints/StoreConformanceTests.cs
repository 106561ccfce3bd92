using Gristmill.Checkpoints;
using Gristmill.TestKit.Conformance.Stores;

namespace Gristmill.Engine.Tests.Checkpoints;

public sealed class StoreConformanceTests
{
    public static TheoryData<string> Names => [.. CheckpointStoreConformance.Cases.Select(c => c.Name)];

    [Theory, MemberData(nameof(Names))]
    public async Task Memory_store(string name)
    {
        var store = new MemoryCheckpointStore();
        await CheckpointStoreConformance.RunAsync(name, () => store, TestContext.Current.CancellationToken);
    }

    [Theory, MemberData(nameof(Names))]
    public async Task File_store(string name)
    {
        using var folder = new TempFolder();
        // Below a folder that is not there yet, as in a new deployment.
        var root = Path.Combine(folder.Path, "new", "root");
        await CheckpointStoreConformance.RunAsync(name, () => new FileCheckpointStore(root), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Case_names_are_unique() =>
        Assert.Equal(CheckpointStoreConformance.Cases.Count, CheckpointStoreConformance.Cases.Select(c => c.Name).Distinct().Count());
}
