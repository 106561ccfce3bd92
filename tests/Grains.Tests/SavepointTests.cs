using Gristmill.Checkpoints;
using Gristmill.GrainInterfaces;

namespace Gristmill.Grains.Tests;

/// <summary>Savepoints taken by a client, jobs that begin from them, and going back.</summary>
public class SavepointTests
{
    [Fact]
    public async Task Stopped_into_a_savepoint_a_job_goes_on_from_it_on_another_cluster_with_another_store_and_parallelism()
    {
        var shared = new Shared { Records = 4_000, PerSecond = 1_000 };
        ManifestReference savepoint;
        await using (Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 2))
        {
            await cluster.UntilAsync(report => report.Checkpoints > 0, "a checkpoint");
            savepoint = await cluster.Client.StopAsync("job", "before-the-move", TestContext.Current.CancellationToken);
            Assert.Equal(("Stopped", savepoint.Checkpoint), await StateAsync(cluster));
            Assert.Equal(Savepoint.ManifestName("job", "before-the-move"), savepoint.Manifest);

            // Asked again, as after a call that was too long, it is the same.
            Assert.Equal(savepoint, await cluster.Client.StopAsync("job", "before-the-move", TestContext.Current.CancellationToken));
        }

        var other = new Shared { Records = 4_000, PerSecond = 1_000 };
        await using Cluster begun = await Cluster.StartAsync<CountJob>(other, silos: 2, parallelism: 3, configure: options =>
            options.Checkpoints.StartFrom = new SavepointStart("before-the-move") { Store = shared.Store });
        await begun.CompletedAsync();
        Assert.True(other.Log.Has("'before-the-move'"), string.Join(Environment.NewLine, other.Log.Lines));
        Assert.InRange(other.Rows.Count, 1, 3_999);
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Concat(other.Rows.Rows).Order(Rows.Order));
    }

    [Fact]
    public async Task A_savepoint_is_taken_while_the_job_goes_on_and_its_name_is_taken_then()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 2, configure: options => options.Checkpoints.Periodic = false);
        await cluster.UntilAsync(report => report.State == "Running", "the start");
        ManifestReference savepoint = await cluster.Client.SavepointAsync("job", "one", TestContext.Current.CancellationToken);
        Assert.Equal(("Running", savepoint.Checkpoint), await StateAsync(cluster));
        Assert.Equal(savepoint.Checkpoint, (await Savepoint.ReadAsync(shared.Store, "job", "one", TestContext.Current.CancellationToken)).Checkpoint);

        JobOperationException taken = await Assert.ThrowsAsync<JobOperationException>(() => cluster.Client.SavepointAsync("job", "one"));
        Assert.Contains("exists already", taken.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JobOperationException>(() => cluster.Client.StopAsync("job", "one"));
        JobOperationException illegal = await Assert.ThrowsAsync<JobOperationException>(() => cluster.Client.SavepointAsync("job", "a/b"));
        Assert.Contains("a/b", illegal.Message, StringComparison.Ordinal);
        Assert.Equal(("Running", savepoint.Checkpoint), await StateAsync(cluster));

        await cluster.Job.StopAsync(StopMode.AtOnce);
        await Assert.ThrowsAsync<JobOperationException>(() => cluster.Client.SavepointAsync("job", "two"));
        Assert.Equal(savepoint.Checkpoint, (await cluster.Client.StopAsync("job", "of-the-newest", TestContext.Current.CancellationToken)).Checkpoint);
    }

    [Fact]
    public async Task Asked_for_again_by_its_request_no_second_savepoint_is_taken()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 1, configure: options => options.Checkpoints.Periodic = false);
        await cluster.UntilAsync(report => report.State == "Running", "the start");
        var request = Guid.NewGuid();
        ManifestName[] twice = await Task.WhenAll(cluster.Job.SavepointAsync("one", request), cluster.Job.SavepointAsync("one", request));
        Assert.Equal(twice[0], twice[1]);
        Assert.Equal(twice[0], await cluster.Job.SavepointAsync("one", request));
    }

    [Fact]
    public async Task A_stop_into_a_savepoint_is_carried_out_though_the_coordinator_dies_over_it_and_nobody_asks_again()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, configure: options => options.Checkpoints.Periodic = false);
        await cluster.UntilAsync(report => report.RecordsIn > 500, "records");
        HeldCompletions held = shared.Troubles.HoldCompletions();
        Task<ManifestName> stop = cluster.Job.StopAsync("last");
        await held.Reached.WaitAsync(Cluster.Bound, TestContext.Current.CancellationToken);
        Assert.Equal((StopMode.WithCheckpoint, "last"), (cluster.Stored().Ending, cluster.Stored().Savepoint));
        await cluster.KillAsync(cluster.CoordinatorHome());
        held.LetGo();
        JobReport stopped = await cluster.UntilAsync(report => report.State == "Stopped", "the stop");
        Assert.Equal(stopped.Checkpoint, (await Savepoint.ReadAsync(shared.Store, "job", "last", TestContext.Current.CancellationToken)).Checkpoint);
        await Task.WhenAny(stop);
    }

    [Fact]
    public async Task A_stopped_job_is_taken_back_to_an_older_checkpoint_and_goes_on_from_there()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 2, configure: options => options.Checkpoints.Periodic = false);
        await cluster.UntilAsync(report => report.State == "Running", "the start");
        long first = await cluster.Client.CheckpointAsync("job", TestContext.Current.CancellationToken);
        long[] then = await CountsAsync(cluster, shared);
        await cluster.Client.CheckpointAsync("job", TestContext.Current.CancellationToken);
        JobOperationException running = await Assert.ThrowsAsync<JobOperationException>(() => cluster.Client.RollbackAsync("job", first));
        Assert.Contains("stop it first", running.Message, StringComparison.Ordinal);
        await cluster.Client.StopAsync("job", cancellationToken: TestContext.Current.CancellationToken);
        JobOperationException unknown = await Assert.ThrowsAsync<JobOperationException>(() => cluster.Client.RollbackAsync("job", 77));
        Assert.Contains("no checkpoint 77", unknown.Message, StringComparison.Ordinal);

        ManifestReference back = await cluster.Client.RollbackAsync("job", first, TestContext.Current.CancellationToken);
        Assert.Equal(then, await CountsAsync(cluster, shared));
        await cluster.Job.StartAsync();
        await cluster.UntilAsync(report => report.State == "Running", "the start from there");
        Assert.True(shared.Log.Has($"goes on from checkpoint {back.Checkpoint} "), string.Join(Environment.NewLine, shared.Log.Lines));
    }

    private static async Task<(string State, long Checkpoint)> StateAsync(Cluster cluster)
    {
        JobReport report = await cluster.Client.GetStatusAsync("job");
        return (report.State, report.Checkpoint ?? 0);
    }

    private static async Task<long[]> CountsAsync(Cluster cluster, Shared shared)
    {
        var counts = new long[shared.Keys];
        for (int key = 0; key < shared.Keys; key++)
            counts[key] = (await cluster.Client.QueryStateAsync<long, long>("job", new StateAddress("count"), key, StateView.LastCheckpoint)).Value;
        return counts;
    }
}
