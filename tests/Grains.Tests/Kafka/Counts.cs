using Gristmill.GrainInterfaces;
using Gristmill.Kafka.Tests;
using Gristmill.KafkaCounts.Tests;
using Gristmill.Samples.KafkaCounts;
using Microsoft.Extensions.DependencyInjection;

namespace Gristmill.Grains.Tests;

/// <summary>The job of samples/KafkaCounts on silos.</summary>
internal static class Counts
{
    public static Task<Cluster> StartAsync(Workbench bench, Shared? shared = null, int parallelism = 4, Action<GristmillOptions>? configure = null)
        => StartAsync<RunningCounts>(bench.In, bench.Out, shared, parallelism, configure);

    public static Task<Cluster> StartAsync<TJob>(string input, string output, Shared? shared = null, int parallelism = 4, Action<GristmillOptions>? configure = null, HeldCommit? held = null)
        where TJob : class, IJob
    {
        // The group is the bench's too: of two jobs on one bench the second goes on where the first ended.
        var settings = new Settings(Broker.Address, input, output, $"{output}-group", Checkpoints: "", Interval: default, parallelism, UntilEnd: false);
        return Cluster.StartAsync<TJob>(
            shared ?? new Shared(), parallelism: parallelism, configure: configure, configureSilo: (_, silo) =>
            {
                silo.Services.AddSingleton(settings);
                if (held is not null)
                    silo.Services.AddSingleton(held);
            });
    }

    /// <summary>Waits until so many records are out for those who read what is committed.</summary>
    public static async Task UntilOutAsync(this Cluster cluster, Workbench bench, int count)
        => await cluster.UntilAsync(_ => bench.OutCount() >= count, $"{count} records in the output");

    /// <summary>Waits until more is out than there is now.</summary>
    public static Task UntilMoreIsOutAsync(this Cluster cluster, Workbench bench) => cluster.UntilOutAsync(bench, bench.OutCount() + 1);

    /// <summary>Waits until all is out, stops the job, and looks at every record.</summary>
    public static async Task AssertExactAsync(this Cluster cluster, Workbench bench, int written)
    {
        await cluster.UntilOutAsync(bench, written);
        JobReport stopped = await cluster.Client.StopAsync("job", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("Stopped", stopped.State);
        bench.AssertExact();
    }
}
