using Gristmill.Checkpoints;
using Gristmill.GrainInterfaces;
using Gristmill.Kafka.Tests;
using Gristmill.KafkaCounts.Tests;

namespace Gristmill.Grains.Tests;

/// <summary>A job from topic to topic is ended and started by a client.</summary>
public class KafkaStopTests
{
    [BrokerFact]
    public async Task Cancelled_stopped_and_begun_elsewhere_from_a_savepoint_it_writes_each_count_once()
    {
        var shared = new Shared();
        using Workbench bench = await Workbench.CreateAsync(Broker.Address);
        await using var feed = new Feed(bench);
        await using (Cluster cluster = await Counts.StartAsync(bench, shared))
        {
            await cluster.UntilMoreIsOutAsync(bench);
            await cluster.Client.StopAsync("job", StopMode.AtOnce, TestContext.Current.CancellationToken);
            await cluster.Client.StartAsync("job", TestContext.Current.CancellationToken);
            await cluster.UntilMoreIsOutAsync(bench);
            ManifestReference savepoint = await cluster.Client.StopAsync("job", "here", TestContext.Current.CancellationToken);
            await cluster.Client.StartAsync("job", TestContext.Current.CancellationToken);
            await cluster.UntilMoreIsOutAsync(bench);
            Assert.True(shared.Log.Has($"goes on from checkpoint {savepoint.Checkpoint} "), string.Join(Environment.NewLine, shared.Log.Lines));
            await cluster.Client.StopAsync("job", "before-the-move", TestContext.Current.CancellationToken);
        }

        await using Cluster begun = await Counts.StartAsync(bench, new Shared(), parallelism: 3, configure: options =>
            options.Checkpoints.StartFrom = new SavepointStart("before-the-move") { Store = shared.Store });
        await begun.UntilMoreIsOutAsync(bench);
        await begun.AssertExactAsync(bench, await feed.EndAsync());
    }
}
