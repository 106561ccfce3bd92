using Gristmill.GrainInterfaces;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Gristmill.Grains.Tests;

/// <summary>Nothing trusts delivery or single activation.</summary>
public class DistrustTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Epoch_messages_that_get_lost_change_nothing(int oneIn)
    {
        var shared = new Shared { Records = 3_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, configureCluster: options => options.LosesEpoch = checkpoint => checkpoint % oneIn == 0);
        JobReport report = await cluster.CompletedAsync();
        Assert.True(report.Checkpoints > 1, $"{report.Checkpoints} checkpoints");
        Assert.Equal(1, report.Generation);
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Fact]
    public async Task Epochs_that_are_said_twice_or_too_late_change_nothing()
    {
        var shared = new Shared { Records = 3_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared);
        JobReport report = await cluster.UntilAsync(report => report.Checkpoints > 1 && report.Silos.Count == 8, "checkpoints");
        IReadOnlyList<string> keys = cluster.SubtaskKeys(report);
        for (long checkpoint = 0; checkpoint <= report.Checkpoint; checkpoint++)
        {
            foreach (string source in keys.Take(4))
            {
                await cluster.Grains.GetGrain<IOperatorGrain>(source).CommandAsync(new NodeCommand(NodeCommandKind.Trigger, checkpoint, 0));
                await cluster.Grains.GetGrain<IOperatorGrain>(source).CommandAsync(new NodeCommand(NodeCommandKind.Trigger, checkpoint, 0));
            }
        }

        await cluster.CompletedAsync();
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Fact]
    public async Task Two_coordinators_do_not_publish_twice_the_younger_goes_on_and_the_older_stops()
    {
        var shared = new Shared { Records = 4_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared);
        await cluster.UntilAsync(report => report.Checkpoints > 1, "checkpoints");

        // The other coordinator is in a process of its own, so to say: it knows nothing of the silos, only the store.
        var options = new GristmillOptions { Parallelism = 2, Checkpoints = { Store = shared.Store, Interval = TimeSpan.FromMilliseconds(100) } };
        using var rival = new EmbeddedJob("job", new CountJob(shared), options);
        JobOutcome outcome = await rival.RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(JobState.Completed, outcome.State);
        Assert.True(shared.Log.Has("another process"), string.Join(Environment.NewLine, shared.Log.Lines));
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Fact]
    public async Task Two_activations_of_the_coordinator_end_as_one_and_the_job_stays_wanted()
    {
        var shared = new Shared { Records = 8_000, PerSecond = 800 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 2);
        await cluster.UntilAsync(report => report.Checkpoints > 1, "checkpoints");

        // A silo that has not heard of the first one asks for it, and the directory does not know it.
        InProcessSiloHandle newcomer = await cluster.AddSiloAsync();
        cluster.ForgetCoordinator();
        await cluster.PlaceCoordinatorAsync(newcomer, cluster.ServicesOf(newcomer).GetRequiredService<IGrainFactory>());
        Assert.Equal(2, shared.Log.Lines.Count(line => line.Contains("coordinator is active on", StringComparison.Ordinal)));
        await cluster.CompletedAsync();
        Assert.Equal(DesiredState.Completed, cluster.Stored().Desired);
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
        Assert.True(shared.Log.Has("has taken"), string.Join(Environment.NewLine, shared.Log.Lines));
    }

    [Fact]
    public async Task What_a_generation_says_that_is_not_known_yet_is_not_taken_for_heard()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 1);
        JobReport report = await cluster.UntilAsync(report => report.Checkpoints > 0, "a checkpoint");
        var coordinator = cluster.Grains.GetGrain<ICheckpointCoordinatorGrain>("job");
        var newer = new NodeReport { Generation = report.Generation + 1, Number = 0, Sequence = 1, Kind = NodeReportKind.Ended };
        await Assert.ThrowsAsync<JobOperationException>(() => coordinator.ReportAsync(newer));
        Assert.True(await coordinator.WakeAsync(report.Generation + 1));

        // Only the head would make it step aside.
        await cluster.UntilAsync(later => later.Checkpoints > report.Checkpoints && later.Generation == report.Generation, "another checkpoint");
    }

    [Fact]
    public async Task A_generation_that_is_over_is_heard_no_more()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared);
        JobReport first = await cluster.UntilAsync(report => report.Checkpoints > 0 && report.Silos.Count == 8, "a checkpoint");
        await cluster.Job.StopAsync(StopMode.WithCheckpoint);
        await cluster.Job.StartAsync();
        JobReport second = await cluster.UntilAsync(report => report.Generation > first.Generation && report.Checkpoints > 0, "the second generation");

        var coordinator = cluster.Grains.GetGrain<ICheckpointCoordinatorGrain>("job");
        Assert.False(await coordinator.ReportAsync(new NodeReport
        {
            Generation = first.Generation, Number = 0, Sequence = 1_000_000, Kind = NodeReportKind.Failed, Detail = "a dead generation speaks",
        }));
        Assert.False(await coordinator.WakeAsync(first.Generation));
        string stale = cluster.SubtaskKeys(first)[5];
        Assert.Equal(Delivery.Gone, await cluster.Grains.GetGrain<IOperatorGrain>(stale).DeliverAsync(new ChannelMessages(new ChannelKey(0, 0, 1), 1, [1, 0])));
        Assert.False((await cluster.Grains.GetGrain<IOperatorGrain>(stale).PingAsync()).IsAlive);
        Assert.Equal(second.Generation, (await cluster.Job.GetStatusAsync()).Generation);
    }
}
