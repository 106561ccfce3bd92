using Gristmill.TestKit.Conformance.Stores;

namespace Gristmill.AzureStorage.Tests;

public sealed class StoreConformanceTests
{
    public static TheoryData<string> Names => [.. CheckpointStoreConformance.Cases.Select(c => c.Name)];

    [AzuriteTheory, MemberData(nameof(Names))]
    public async Task Blob_store(string name)
    {
        await using var container = new TestContainer();
        await CheckpointStoreConformance.RunAsync(name, () => new BlobCheckpointStore(container.Open()), TestContext.Current.CancellationToken);
    }

    [AzuriteTheory, MemberData(nameof(Names))]
    public async Task Blob_store_in_a_folder_with_small_blocks_beside_another(string name)
    {
        await using var container = new TestContainer();
        await container.PutAsync("prod2/job/other", "of another store");
        await CheckpointStoreConformance.RunAsync(
            name,
            () => new BlobCheckpointStore(container.Open(configure: o => o.BlockBytes = 64 << 10), "prod"),
            TestContext.Current.CancellationToken);
    }
}
