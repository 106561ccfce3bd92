using Gristmill.Flights.Tests;
using Gristmill.Kafka.Tests;

namespace Gristmill.KafkaCounts.Tests;

/// <summary>The broker is killed, alone or with the job. A class of its own: it mostly waits, beside the others.</summary>
public class BrokerCrashTests(ITestOutputHelper log)
{
    private const int RecordsALife = Crashes.RecordsALife;

    [OwnBrokerFact]
    public async Task A_broker_that_is_killed_is_waited_for_and_nothing_is_lost_or_doubled()
    {
        await using OwnBroker broker = await OwnBroker.StartedAsync();
        using Workbench bench = await Workbench.CreateAsync(broker.Address);
        Random random = Crashes.Seeded(log);
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

        await bench.FinishAsync();
    }

    [OwnBrokerFact]
    public async Task Job_and_broker_killed_at_once_lose_and_double_nothing()
    {
        await using OwnBroker broker = await OwnBroker.StartedAsync();
        using Workbench bench = await Workbench.CreateAsync(broker.Address);
        Random random = Crashes.Seeded(log);
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

        await bench.FinishAsync();
    }
}
