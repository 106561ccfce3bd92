using Gristmill.Flights.Tests;
using Gristmill.Kafka.Tests;

namespace Gristmill.KafkaCounts.Tests;

/// <summary>The job is killed, and what a killed one meets: another instance, more partitions.</summary>
public class CrashTests(ITestOutputHelper log)
{
    private const int Kills = 20;
    private const int RecordsALife = Crashes.RecordsALife;

    [BrokerFact]
    public async Task Killed_at_twenty_moments_it_gives_each_keys_counts_without_gap_or_double()
    {
        using Workbench bench = await Workbench.CreateAsync(Broker.Address);
        Random random = Crashes.Seeded(log);
        for (int kill = 0; kill < Kills; kill++)
        {
            bench.Produce(RecordsALife);
            using SampleProcess process = SampleProcess.Start(bench.Arguments());
            int after = await ReachAsync(process, bench, kill, random);
            Assert.False(process.HasExited, $"It ended before it was killed.\n{process.Output}\n{process.Error}");
            await process.KillAsync();
            log.WriteLine($"Kill {kill + 1} after {after} ms; {bench.OutCount()} records are out");
        }

        await bench.FinishAsync();
    }

    [BrokerFact]
    public async Task A_second_instance_on_the_same_checkpoints_takes_over_and_the_first_stops()
    {
        using Workbench bench = await Workbench.CreateAsync(Broker.Address);
        bench.Produce(RecordsALife);
        using SampleProcess first = SampleProcess.Start(bench.Arguments());
        await first.UntilAsync("something is out", () => bench.OutCount() > 0);
        using SampleProcess second = SampleProcess.Start(bench.Arguments());
        SampleExit exit = await first.ExitAsync();
        Assert.True(exit.Code == 1, exit.ToString());
        Assert.Contains("taken the job over", exit.Error, StringComparison.Ordinal);
        int before = bench.OutCount();
        bench.Produce(RecordsALife);
        await second.UntilAsync("the second has written", () => bench.OutCount() > before);
        second.Terminate();
        SampleExit stopped = await second.ExitAsync();
        Assert.True(stopped.Code == 143, stopped.ToString());
        await bench.FinishAsync();
    }

    [BrokerFact]
    public async Task Partitions_that_are_added_while_it_runs_are_counted_too()
    {
        using Workbench bench = await Workbench.CreateAsync(Broker.Address);
        bench.Produce(RecordsALife);
        using (SampleProcess process = SampleProcess.Start(bench.Arguments()))
        {
            await process.UntilAsync("all of the first is out", () => bench.OutCount() == RecordsALife);
            await bench.GrowAsync(7);
            bench.Produce(RecordsALife);
            await process.UntilAsync("all of the new partitions is out", () => bench.OutCount() == 2 * RecordsALife);
            await process.KillAsync();
        }

        await bench.GrowAsync(8);
        bench.Produce(RecordsALife);
        await bench.FinishAsync();
    }

    /// <summary>Moments of three kinds in turn: while it starts or recovers, at its first new output, and later.</summary>
    private static async Task<int> ReachAsync(SampleProcess process, Workbench bench, int kill, Random random)
    {
        if (kill % 3 != 0)
        {
            int before = bench.OutCount();
            await process.UntilAsync("something new is out", () => bench.OutCount() > before);
        }

        int after = random.Next(kill % 3 == 1 ? 30 : 1_200);

        // Not a wait for anything: the moment of the kill.
        await Task.Delay(after, TestContext.Current.CancellationToken);
        return after;
    }
}
