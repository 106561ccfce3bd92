using Gristmill.GrainInterfaces;

namespace Gristmill.Grains.Tests;

/// <summary>What is wanted of a job is kept, whoever asks at the same time and whatever dies meanwhile.</summary>
public class WishTests
{
    [Fact]
    public async Task Starts_and_stops_at_the_same_time_leave_what_the_last_one_wanted()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 2);
        for (int round = 0; round < 5; round++)
        {
            await Task.WhenAll(cluster.Job.StartAsync(), cluster.Job.StopAsync(StopMode.AtOnce), cluster.Job.StartAsync(), cluster.Job.StopAsync(StopMode.WithCheckpoint));
            await cluster.Job.StopAsync(StopMode.AtOnce);
            Assert.Equal(DesiredState.Stopped, cluster.Stored().Desired);
            Assert.Contains((await cluster.Job.GetStatusAsync()).State, (string[])["Stopped", "Cancelled"]);
        }

        await cluster.Job.StartAsync();
        await cluster.UntilAsync(report => report.State == "Running", "the start after all");
        Assert.Equal(DesiredState.Running, cluster.Stored().Desired);
    }

    [Fact]
    public async Task A_stop_that_wakes_the_coordinator_stays()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared);
        await cluster.UntilAsync(report => report.Checkpoints > 0, "a checkpoint");
        await cluster.KillAsync(cluster.CoordinatorHome());
        await StopAsync(cluster, StopMode.AtOnce);
        Assert.Equal(DesiredState.Stopped, cluster.Stored().Desired);
        Assert.Contains((await cluster.Job.GetStatusAsync()).State, (string[])["Stopped", "Cancelled"]);
    }

    [Fact]
    public async Task A_stop_behind_a_checkpoint_is_carried_out_though_the_coordinator_dies_over_it()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, configure: options => options.Checkpoints.Periodic = false);
        await cluster.UntilAsync(report => report.RecordsIn > 500, "records");
        HeldCompletions held = shared.Troubles.HoldCompletions();
        Task<JobReport> stop = cluster.Job.StopAsync(StopMode.WithCheckpoint);
        await held.Reached.WaitAsync(Cluster.Bound, TestContext.Current.CancellationToken);
        Assert.Equal(StopMode.WithCheckpoint, cluster.Stored().Ending);
        await cluster.KillAsync(cluster.CoordinatorHome());
        held.LetGo();
        JobReport stopped = await cluster.UntilAsync(report => report.State == "Stopped", "the stop");
        Assert.NotNull(stopped.Checkpoint);
        Assert.Equal(DesiredState.Stopped, cluster.Stored().Desired);
        Assert.InRange(shared.Rows.Count, 1, 999_999);
        await Task.WhenAny(stop);
    }

    [Fact]
    public async Task Stopped_before_it_ever_ran_a_job_does_not_start_with_the_cluster()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 1, start: false);
        Assert.Equal("Stopped", (await cluster.Job.StopAsync(StopMode.WithCheckpoint)).State);
        await cluster.Grains.GetGrain<ICheckpointCoordinatorGrain>("job").StartAsync(onlyNew: true);
        Assert.Equal("Stopped", (await cluster.Job.GetStatusAsync()).State);
        Assert.Equal(DesiredState.Stopped, cluster.Stored().Desired);
    }

    [Fact]
    public async Task What_can_not_be_stored_is_refused_and_changes_nothing()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 1);
        await cluster.UntilAsync(report => report.State == "Running", "the start");
        shared.Troubles.Storage = new IOException("the database is away");
        JobOperationException error = await Assert.ThrowsAsync<JobOperationException>(() => cluster.Job.StopAsync(StopMode.AtOnce));
        Assert.Contains("the database is away", error.Message, StringComparison.Ordinal);
        Assert.Equal("Running", (await cluster.Job.GetStatusAsync()).State);
        shared.Troubles.Storage = null;
        await cluster.Job.StopAsync(StopMode.AtOnce);
        Assert.Equal(DesiredState.Stopped, cluster.Stored().Desired);
    }

    private static async Task StopAsync(Cluster cluster, StopMode mode)
    {
        while (true)
        {
            try
            {
                await cluster.Job.StopAsync(mode);
                return;
            }
            catch (Exception e) when (e is OrleansException or TimeoutException)
            {
                // The call went to the silo that is gone.
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            }
        }
    }
}
