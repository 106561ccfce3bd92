using System.Globalization;
using Gristmill.Flights.Tests;
using Gristmill.Kafka.Tests;

namespace Gristmill.KafkaCounts.Tests;

public class CrashTests(ITestOutputHelper log)
{
    private const int Kills = 20;
    private const int RecordsALife = 3_000;

    [BrokerFact]
    public async Task Killed_at_twenty_moments_it_gives_each_keys_counts_without_gap_or_double()
    {
        using Workbench bench = await Workbench.CreateAsync(Broker.Address);
        Random random = Seeded();
        for (int kill = 0; kill < Kills; kill++)
        {
            bench.Produce(RecordsALife);
            using SampleProcess process = SampleProcess.Start(bench.Arguments());
            int after = await ReachAsync(process, bench, kill, random);
            Assert.False(process.HasExited, $"It ended before it was killed.\n{process.Output}\n{process.Error}");
            await process.KillAsync();
            log.WriteLine($"Kill {kill + 1} after {after} ms; {bench.OutCount()} records are out");
        }

        await FinishAsync(bench);
    }

    [OwnBrokerFact]
    public async Task A_broker_that_is_killed_is_waited_for_and_nothing_is_lost_or_doubled()
    {
        await using OwnBroker broker = await OwnBroker.StartedAsync();
        using Workbench bench = await Workbench.CreateAsync(broker.Address);
        Random random = Seeded();
        bench.Produce(RecordsALife);
        using (SampleProcess process = SampleProcess.Start(bench.Arguments()))
        {
            for (int kill = 0; kill < 4; kill++)
            {
                int before = bench.OutCount();
                bench.Produce(RecordsALife);
                await process.UntilAsync("something new is out", () => bench.OutCount() > before);
                int after = random.Next(300);
                await Task.Delay(after, TestContext.Current.CancellationToken);
                await broker.KillAsync();
                log.WriteLine($"Broker killed {after} ms after something was out");
                await broker.StartAsync();
            }

            Assert.False(process.HasExited, $"It ended.\n{process.Output}\n{process.Error}");
            process.Terminate();
            await process.ExitAsync();
        }

        await FinishAsync(bench);
    }

    [OwnBrokerFact]
    public async Task Job_and_broker_killed_at_once_lose_and_double_nothing()
    {
        await using OwnBroker broker = await OwnBroker.StartedAsync();
        using Workbench bench = await Workbench.CreateAsync(broker.Address);
        Random random = Seeded();
        for (int kill = 0; kill < 5; kill++)
        {
            bench.Produce(RecordsALife);
            int before = bench.OutCount();
            using SampleProcess process = SampleProcess.Start(bench.Arguments());
            await process.UntilAsync("something new is out", () => bench.OutCount() > before);
            int after = random.Next(200);
            await Task.Delay(after, TestContext.Current.CancellationToken);
            await Task.WhenAll(process.KillAsync(), broker.KillAsync());
            log.WriteLine($"Both killed {after} ms after something was out");

            // The first to come back is the job, every other time.
            using SampleProcess? early = kill % 2 == 0 ? SampleProcess.Start(bench.Arguments()) : null;
            await broker.StartAsync();
            if (early is not null)
                await early.KillAsync();
        }

        await FinishAsync(bench);
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
        await FinishAsync(bench);
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
        await FinishAsync(bench);
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

    private static async Task FinishAsync(Workbench bench)
    {
        await SampleProcess.CompleteAsync(bench.Arguments("--until-end"));
        bench.AssertExact();
    }

    private Random Seeded()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("KAFKA_SEED"), CultureInfo.InvariantCulture, out int given) ? given : Random.Shared.Next();
        log.WriteLine($"Kill moments by KAFKA_SEED={seed}");
        return new Random(seed);
    }
}
