using Gristmill.GrainInterfaces;
using Gristmill.Kafka.Internal;
using Gristmill.Kafka.Tests;
using Gristmill.KafkaCounts.Tests;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Gristmill.Grains.Tests;

/// <summary>Silos die while a job counts from topic to topic, and readers of what is committed find each count once.</summary>
public class KafkaKillTests(ITestOutputHelper log)
{
    private const int Kills = 5;

    /// <summary>
    /// A silo with a subtask of the source has one that stages for the sink too, whichever is killed. What is staged is written by
    /// the coordinator's silo; that one is killed about every other time.
    /// </summary>
    [BrokerTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Counts_have_no_gap_and_no_double_though_silos_are_killed(int seed)
    {
        var random = new Random(seed);
        using Workbench bench = await Workbench.CreateAsync(Broker.Address);
        await using Cluster cluster = await Counts.StartAsync(bench, configure: NoRestartToSpare);
        await using var feed = new Feed(bench);
        long generation = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            JobReport report = await ReachAsync(cluster, bench, generation, kill);
            generation = report.Generation;

            // Not a wait for anything: the moment of the kill.
            await Task.Delay(random.Next(kill % 3 == 2 ? 500 : 150), TestContext.Current.CancellationToken);
            InProcessSiloHandle home = cluster.CoordinatorHome();
            InProcessSiloHandle[] others = [.. cluster.Silos.Where(silo => silo != home && report.Silos.Contains(silo.SiloAddress.ToString()))];
            InProcessSiloHandle killed = kill % 3 == 0 || (kill + seed) % 2 == 0 ? home : others[random.Next(others.Length)];
            log.WriteLine($"Kill {kill + 1} in generation {generation}: {(killed == home ? "the coordinator's silo" : "another silo")}; {bench.OutCount()} records are out");
            await cluster.KillAsync(killed);
            await cluster.AddSiloAsync();
        }

        await ReachAsync(cluster, bench, generation, 2);
        await cluster.AssertExactAsync(bench, await feed.EndAsync());
    }

    [BrokerTheory]
    [InlineData(nameof(CommitStep.Begin))]
    [InlineData(nameof(CommitStep.Commit))]
    public Task An_epoch_whose_coordinator_is_killed_over_its_transaction_is_out_once(string step) => WithHeldCommitAsync(step, async (cluster, _, held) =>
    {
        await held.HoldAsync();
        Task killed = cluster.KillAsync(cluster.CoordinatorHome());
        held.LetGo();
        await killed;
    });

    [BrokerTheory]
    [InlineData(nameof(CommitStep.Begin))]
    [InlineData(nameof(CommitStep.Commit))]
    public Task An_epoch_that_a_coordinator_left_behind_still_writes_when_its_successor_has_is_out_once(string step) => WithHeldCommitAsync(step, async (cluster, bench, held) =>
    {
        await cluster.UntilMoreIsOutAsync(bench);
        await held.HoldAsync();

        // A silo that has not heard of the first one asks for it, and the directory does not know it.
        InProcessSiloHandle newcomer = await cluster.AddSiloAsync();
        cluster.ForgetCoordinator();
        await cluster.PlaceCoordinatorAsync(newcomer, cluster.ServicesOf(newcomer).GetRequiredService<IGrainFactory>());
        await cluster.UntilMoreIsOutAsync(bench);
        held.LetGo();
    });

    /// <summary>Counts while a commit is held at a step, goes on after what is done meanwhile, and looks at every record.</summary>
    private static async Task WithHeldCommitAsync(string step, Func<Cluster, Workbench, HeldCommit, Task> meanwhile)
    {
        var held = new HeldCommit(Enum.Parse<CommitStep>(step));
        using Workbench bench = await Workbench.CreateAsync(Broker.Address);
        await using Cluster cluster = await Counts.StartAsync<HeldCounts>(bench.In, bench.Out, configure: NoRestartToSpare, held: held);
        await using var feed = new Feed(bench);
        await meanwhile(cluster, bench, held);
        await cluster.UntilMoreIsOutAsync(bench);
        await cluster.AssertExactAsync(bench, await feed.EndAsync());
    }

    /// <summary>The loss of a silo is no failure of the job, and what it leaves at the broker makes none.</summary>
    private static void NoRestartToSpare(GristmillOptions options) => options.Restart.MostAttempts = 1;

    /// <summary>Moments of three kinds in turn: while a generation restores, when it runs, and when it has written.</summary>
    private static async Task<JobReport> ReachAsync(Cluster cluster, Workbench bench, long before, int kill)
    {
        JobReport report = await cluster.UntilAsync(report => report.Generation > before && (kill % 3 == 0 || report.Silos.All(silo => silo.Length != 0) && report.State == "Running"), $"the moment of kill {kill}");
        if (kill % 3 == 2)
            await cluster.UntilMoreIsOutAsync(bench);
        return report;
    }
}
