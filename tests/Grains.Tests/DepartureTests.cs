using Gristmill.GrainInterfaces;
using Orleans.TestingHost;

namespace Gristmill.Grains.Tests;

/// <summary>Silos that are shut down in order, with whatever they have.</summary>
public class DepartureTests
{
    /// <summary>What is read between the last checkpoint and the end of its generation, at 800 a second and on a busy machine.</summary>
    private const long LittleReplay = 1_600;

    [Fact]
    public async Task The_coordinators_silo_is_left_behind_a_checkpoint_and_almost_nothing_is_read_again()
    {
        var shared = new Shared { Records = 8_000, PerSecond = 800 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, configure: options => options.Checkpoints.Interval = TimeSpan.FromMinutes(5));
        await cluster.UntilAsync(report => report.State == "Running" && report.RecordsIn > 3_000, "three thousand records");
        InProcessSiloHandle home = cluster.CoordinatorHome();
        await cluster.StopAsync(home);
        JobReport report = await cluster.UntilAsync(report => report.Generation == 2 && report.State == "Running", "the next generation");
        Assert.DoesNotContain(home.SiloAddress.ToString(), report.Silos);
        Assert.NotEqual(home.SiloAddress.ToString(), cluster.CoordinatorHome().SiloAddress.ToString());
        Assert.True(shared.Log.Has("goes on from checkpoint 1 as generation 2"), Log(shared));
        Assert.False(shared.Log.Has("no last checkpoint"), Log(shared));
        await cluster.CompletedAsync();
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
        Assert.InRange(shared.Counted - shared.Records, 0, LittleReplay);
    }

    [Fact]
    public async Task A_coordinator_on_a_silo_without_subtasks_leaves_behind_a_checkpoint_too()
    {
        var shared = new Shared { Records = 6_000, PerSecond = 800 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(
            shared, silos: 2, parallelism: 1, configure: options => options.Checkpoints.Interval = TimeSpan.FromMinutes(5));
        await cluster.UntilAsync(report => report.State == "Running" && report.RecordsIn > 1_000, "a thousand records");
        await cluster.StopAsync(cluster.CoordinatorHome());
        await cluster.UntilAsync(report => report.Generation == 2 && report.State is "Running" or "Completed", "the next generation");
        Assert.True(shared.Log.Has("goes on from checkpoint 1 as generation 2"), Log(shared));
        await cluster.CompletedAsync();
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
        Assert.InRange(shared.Counted - shared.Records, 0, LittleReplay);
    }

    [Fact]
    public async Task A_rolling_deploy_leaves_the_output_of_an_undisturbed_run_and_uses_up_no_restart()
    {
        var shared = new Shared { Records = 16_000, PerSecond = 800 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, configure: options =>
        {
            options.Checkpoints.Interval = TimeSpan.FromMinutes(5);
            options.Restart.Policy = RestartPolicy.FixedDelay;
            options.Restart.MostAttempts = 1;
        });
        await cluster.UntilAsync(report => report.State == "Running" && report.RecordsIn > 500, "the first records");
        foreach (InProcessSiloHandle old in cluster.Silos)
        {
            long generation = (await cluster.UntilAsync(report => report.State == "Running", "a running job")).Generation;
            await cluster.StopAsync(old);
            await cluster.AddSiloAsync();
            await cluster.UntilAsync(report => report.State == "Running" && report.Generation > generation && !report.Silos.Contains(old.SiloAddress.ToString()), "the move");
        }

        Assert.False(shared.Log.Lines.Any(line => line.Contains(" Error ", StringComparison.Ordinal)), Log(shared));
        await cluster.CompletedAsync();
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
        Assert.InRange(shared.Counted - shared.Records, 0, 3 * LittleReplay);
    }

    private static string Log(Shared shared) => string.Join(Environment.NewLine, shared.Log.Lines);
}
