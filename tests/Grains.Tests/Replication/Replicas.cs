using System.Text;
using Gristmill.Checkpoints;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Gristmill.Grains.Tests;

/// <summary>Silos with a store in their memory.</summary>
internal static class Replicas
{
    public static Task<Cluster> StartAsync(Shared shared, int silos = 3, Action<ReplicatedMemoryOptions>? configure = null, bool start = false)
        => Cluster.StartAsync<CountJob>(shared, silos, start: start, configure: options => options.Restart.MostAttempts = 100, configureSilo: (_, silo) => silo.AddGristmill().UseReplicatedMemory(options =>
        {
            options.ReplyTimeout = TimeSpan.FromSeconds(2);
            options.Patience = TimeSpan.FromSeconds(30);
            options.WatchInterval = TimeSpan.FromMilliseconds(200);
            configure?.Invoke(options);
        }));

    /// <summary>The store of a name as a silo sees it; a handle of its own, which knows nothing yet.</summary>
    public static ReplicatedMemoryStore StoreOn(this Cluster cluster, InProcessSiloHandle silo, string name = "checkpoints", Action<ReplicatedMemoryOptions>? configure = null)
    {
        IServiceProvider services = cluster.ServicesOf(silo);
        ReplicatedMemoryOptions common = services.GetRequiredService<ReplicatedMemoryOptions>();
        var options = new ReplicatedMemoryOptions { Name = name, MaxBytes = common.MaxBytes, ReplyTimeout = common.ReplyTimeout, Patience = common.Patience };
        configure?.Invoke(options);
        return new ReplicatedMemoryStore(new ReplicaCalls(options, services), options);
    }

    public static async Task<ReplicaSetup> SetupAsync(this Cluster cluster, string name = "checkpoints")
        => (await cluster.DirectoryOf(name).GetAsync()).Setup!;

    public static IReplicaDirectoryGrain DirectoryOf(this Cluster cluster, string name = "checkpoints")
        => cluster.ServicesOf(cluster.Silos[0]).GetRequiredService<IGrainFactory>().GetGrain<IReplicaDirectoryGrain>(name);

    public static ReplicaServices ServicesIn(this Cluster cluster, InProcessSiloHandle silo) => cluster.ServicesOf(silo).GetRequiredService<ReplicaServices>();

    public static InProcessSiloHandle Handle(this Cluster cluster, SiloAddress silo) => cluster.Silos.First(handle => handle.SiloAddress.Equals(silo));

    public static InProcessSiloHandle OtherThan(this Cluster cluster, ReplicaSetup setup) => cluster.Silos.First(handle => !setup.Has(handle.SiloAddress));

    public static async Task PutAsync(this ICheckpointStore store, string name, byte[] content)
    {
        await using ObjectWriter writer = await store.CreateAsync(name);
        await writer.WriteAsync(content);
        await writer.CompleteAsync();
    }

    public static async Task<byte[]> GetAsync(this ICheckpointStore store, string name)
    {
        var bytes = new byte[(await store.GetLengthAsync(name))!.Value];
        Assert.Equal(bytes.Length, await store.ReadAsync(name, 0, bytes));
        return bytes;
    }

    public static async Task<string?> HeadAsync(this ICheckpointStore store)
        => await store.ReadHeadAsync("job") is { } head ? $"{head.Version}:{Encoding.UTF8.GetString(head.Content.Span)}" : null;

    public static ValueTask<bool> MoveAsync(this ICheckpointStore store, long expected, string content)
        => store.TryMoveHeadAsync("job", expected, Encoding.UTF8.GetBytes(content));

    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Cluster.Bound);
        while (!await condition())
        {
            Assert.False(bound.IsCancellationRequested, $"{what} did not come within {Cluster.Bound}");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }
}
