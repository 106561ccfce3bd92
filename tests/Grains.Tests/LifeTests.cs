using Gristmill.GrainInterfaces;
using Orleans.TestingHost;

namespace Gristmill.Grains.Tests;

/// <summary>Starting, stopping and moving a job.</summary>
public class LifeTests
{
    [Fact]
    public async Task Stopped_with_a_checkpoint_it_goes_on_from_there_when_started_again()
    {
        var shared = new Shared { Records = 4_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared);
        await cluster.UntilAsync(report => report.Checkpoints > 0, "a checkpoint");
        JobReport stopped = await cluster.Job.StopAsync(StopMode.WithCheckpoint);
        Assert.Equal("Stopped", stopped.State);
        int rows = shared.Rows.Count;
        Assert.InRange(rows, 1, 3_999);

        await cluster.Job.StartAsync();
        await cluster.CompletedAsync();
        Assert.True(shared.Log.Has($"goes on from checkpoint {stopped.Checkpoint}"));
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Fact]
    public async Task Drained_it_completes_with_what_it_has_read()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared);
        await cluster.UntilAsync(report => report.Checkpoints > 0, "a checkpoint");
        Assert.Equal("Completed", (await cluster.Job.StopAsync(StopMode.Drain)).State);
        Assert.InRange(shared.Rows.Count, 1, 999_999);
    }

    [Fact]
    public async Task A_checkpoint_asked_for_is_taken()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, configure: options => options.Checkpoints.Periodic = false);
        await cluster.UntilAsync(report => report.State == "Running", "the start");
        long number = await cluster.Job.CheckpointAsync();
        Assert.Equal(number, (await cluster.Job.GetStatusAsync()).Checkpoint);
        Assert.Equal("Stopped", (await cluster.Job.StopAsync(StopMode.AtOnce)).State is "Cancelled" or "Stopped" ? "Stopped" : "");
        await Assert.ThrowsAsync<JobOperationException>(cluster.Job.CheckpointAsync);
    }

    [Fact]
    public async Task A_job_nobody_has_is_named_with_those_there_are()
    {
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(new Shared { Records = 10 }, silos: 1);
        UnknownJobException error = await Assert.ThrowsAsync<UnknownJobException>(() => cluster.Grains.GetGrain<IJobGrain>("jobb").StartAsync());
        Assert.Contains("'jobb'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'job'", error.Message, StringComparison.Ordinal);
        Assert.Equal("job", Assert.Single(await cluster.Grains.GetGrain<IJobDirectoryGrain>(0).ListAsync()).Job);
    }

    [Fact]
    public async Task Subtasks_are_spread_over_the_silos_and_those_of_one_index_stay_together()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 3, parallelism: 3);
        JobReport report = await cluster.UntilAsync(report => report.State == "Running" && report.Silos.All(silo => silo.Length != 0), "the placement");
        Assert.Equal(6, report.Silos.Count);
        Assert.Equal(3, report.Silos.Distinct().Count());
        Assert.Equal(report.Silos.Take(3), report.Silos.Skip(3));
    }

    [Fact]
    public async Task A_silo_that_is_shut_down_moves_its_subtasks_behind_a_checkpoint_first()
    {
        var shared = new Shared { Records = 8_000, PerSecond = 800 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, configure: options => options.Checkpoints.Interval = TimeSpan.FromMinutes(5));
        await cluster.UntilAsync(report => report.State == "Running" && report.RecordsIn > 1_000, "a thousand records");
        InProcessSiloHandle leaving = cluster.Silos.First(silo => silo.SiloAddress.ToString() != cluster.CoordinatorHome().SiloAddress.ToString());
        await cluster.StopAsync(leaving);
        JobReport report = await cluster.UntilAsync(report => report.Generation == 2 && report.State == "Running", "the next generation");
        Assert.DoesNotContain(leaving.SiloAddress.ToString(), report.Silos);
        Assert.True(shared.Log.Has("goes on from checkpoint 1 "));
        Assert.False(shared.Log.Lines.Any(line => line.Contains(" Error ", StringComparison.Ordinal)), string.Join(Environment.NewLine, shared.Log.Lines));
        await cluster.CompletedAsync();
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Fact]
    public async Task Unless_told_otherwise_a_job_starts_with_the_cluster_and_once_stopped_it_stays_so()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 1, configureCluster: options => options.AutoStart = true);
        await cluster.UntilAsync(report => report.State == "Running", "the start");
        await cluster.Job.StopAsync(StopMode.WithCheckpoint);
        await cluster.AddSiloAsync();
        Assert.Equal("Stopped", (await cluster.Job.GetStatusAsync()).State);
    }

    [Fact]
    public async Task A_silo_that_joins_is_used_at_the_next_generation()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 1);
        await cluster.UntilAsync(report => report.Checkpoints > 0, "a checkpoint");
        await cluster.AddSiloAsync();
        await cluster.Job.StopAsync(StopMode.WithCheckpoint);
        await cluster.Job.StartAsync();
        JobReport report = await cluster.UntilAsync(report => report.State == "Running" && report.Silos.All(silo => silo.Length != 0), "the placement");
        Assert.Equal(2, report.Silos.Distinct().Count());
    }
}
