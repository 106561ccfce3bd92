using Orleans.TestingHost;

namespace Gristmill.Grains.Tests;

/// <summary>Silos die, at any moment, and what is published is what would have been.</summary>
public class KillTests
{
    private const int Kills = 4;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Counts_are_exact_though_silos_are_killed(int seed)
    {
        var shared = new Shared { Records = 16_000, PerSecond = 800 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, configure: NoRestartToSpare);
        await KillAndCompleteAsync(cluster, new Random(seed));
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Windows_are_exact_though_silos_are_killed(int seed)
    {
        var shared = new Shared { Records = 16_000, PerSecond = 800 };
        await using Cluster cluster = await Cluster.StartAsync<WindowJob>(shared, configure: NoRestartToSpare);
        await KillAndCompleteAsync(cluster, new Random(seed));
        Assert.Equal(WindowJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    [Fact]
    public async Task A_coordinator_whose_silo_is_killed_comes_back_on_another()
    {
        var shared = new Shared { Records = 8_000, PerSecond = 800 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, configure: NoRestartToSpare);
        await cluster.UntilAsync(report => report.Checkpoints > 2, "a third checkpoint");
        InProcessSiloHandle home = cluster.CoordinatorHome();
        await cluster.KillAsync(home);
        await cluster.UntilAsync(report => report.Generation > 1 && report.State is "Running" or "Completed", "the second generation");
        Assert.NotEqual(home.SiloAddress.ToString(), cluster.CoordinatorHome().SiloAddress.ToString());
        await cluster.CompletedAsync();
        Assert.Equal(CountJob.Expected(shared).Order(Rows.Order), shared.Rows.Rows.Order(Rows.Order));
    }

    /// <summary>The loss of a silo is no failure of the job, and does not count.</summary>
    private static void NoRestartToSpare(GristmillOptions options) => options.Restart.MostAttempts = 1;

    /// <summary>Kills a silo whenever a new generation has come so far as the dice say: to its restore, its first batches, a checkpoint.</summary>
    private static async Task KillAndCompleteAsync(Cluster cluster, Random random)
    {
        for (int kill = 0; kill < Kills; kill++)
        {
            long checkpoints = random.Next(3);
            await cluster.UntilAsync(
                report => report.State == "Completed" || (report.Generation > 0 && (checkpoints == 0 || (report.State == "Running" && report.Checkpoints >= checkpoints))),
                $"checkpoint {checkpoints} before kill {kill}");
            IReadOnlyList<InProcessSiloHandle> silos = cluster.Silos;
            await cluster.KillAsync(silos[random.Next(silos.Count)]);
            await cluster.AddSiloAsync();
        }

        Assert.NotEqual("Completed", (await cluster.UntilAsync(_ => true, "a report")).State);
        await cluster.CompletedAsync();
    }
}
