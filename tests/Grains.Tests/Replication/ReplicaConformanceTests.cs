using Gristmill.TestKit.Conformance.Stores;

namespace Gristmill.Grains.Tests;

/// <summary>The store in the silos' memory is a store like any other, from whichever silo it is asked.</summary>
public sealed class ReplicaConformanceTests(ReplicaConformanceTests.Silos silos) : IClassFixture<ReplicaConformanceTests.Silos>
{
    public static TheoryData<string> Names => [.. CheckpointStoreConformance.Cases.Select(item => item.Name)];

    [Theory, MemberData(nameof(Names))]
    public Task The_store_conforms(string name)
    {
        string store = $"case-{CheckpointStoreConformance.Cases.Select(item => item.Name).ToList().IndexOf(name)}";
        int opened = 0;
        return CheckpointStoreConformance.RunAsync(
            name, () => silos.Cluster.StoreOn(silos.Cluster.Silos[Interlocked.Increment(ref opened) % 3], store), TestContext.Current.CancellationToken);
    }

    public sealed class Silos : IAsyncLifetime
    {
        internal Cluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Cluster = await Replicas.StartAsync(new Shared());

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }
}
