using System.Net;
using System.Net.Sockets;
using Gristmill.Flights.Tests;
using Gristmill.Kafka.Tests;

namespace Gristmill.KafkaCounts.Tests;

public class UsageTests
{
    [Theory]
    [InlineData("--bootstrap is", "--bootstrap", " ")]
    [InlineData("--interval is 'soon'", "--bootstrap", "localhost:1", "--interval", "soon")]
    [InlineData("--parallelism is 0", "--bootstrap", "localhost:1", "--parallelism", "0")]
    [InlineData("--bootstrap", "--in", "a")]
    public async Task What_it_can_not_do_it_says_and_ends_with_2(string said, params string[] arguments)
    {
        SampleExit exit = await SampleProcess.RunAsync(arguments);
        Assert.True(exit.Code == 2, exit.ToString());
        Assert.Contains(said, exit.Error, StringComparison.Ordinal);
    }

    [BrokerFact]
    public async Task A_topic_that_is_missing_is_named_with_the_remedy()
    {
        using Workbench bench = await Workbench.CreateAsync(Broker.Address);
        foreach (string side in new[] { "--in", "--out" })
        {
            SampleExit exit = await SampleProcess.RunAsync([.. bench.Arguments("--until-end").Where(a => a != (side == "--in" ? bench.In : bench.Out) && a != side), side, "nowhere"]);
            Assert.True(exit.Code == 1, exit.ToString());
            Assert.Contains("'nowhere'", exit.Error, StringComparison.Ordinal);
            Assert.Contains("Create it", exit.Error, StringComparison.Ordinal);
        }
    }

    [BrokerFact]
    public async Task An_empty_topic_has_been_read_to_its_end_at_once()
    {
        using Workbench bench = await Workbench.CreateAsync(Broker.Address);
        SampleExit exit = await SampleProcess.CompleteAsync(bench.Arguments("--until-end"));
        Assert.Contains("Reached the end", exit.Output, StringComparison.Ordinal);
    }

    [ClientFact]
    public async Task Without_a_broker_it_says_so_within_seconds()
    {
        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        string address = $"127.0.0.1:{((IPEndPoint)nobody.LocalEndpoint).Port}";
        nobody.Stop();
        DirectoryInfo checkpoints = Directory.CreateTempSubdirectory("gristmill-counts-");
        using SampleProcess process = SampleProcess.Start("--bootstrap", address, "--checkpoints", checkpoints.FullName);
        await process.UntilAsync("it says what it can't reach", () => process.Error.Contains(address, StringComparison.Ordinal));
        await process.KillAsync();
        checkpoints.Delete(recursive: true);
    }
}
