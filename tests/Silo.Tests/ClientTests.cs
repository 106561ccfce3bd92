using System.Diagnostics;
using System.Net;
using Gristmill.Client;
using Gristmill.Flights.Tests;
using Gristmill.GrainInterfaces;
using Gristmill.Silo.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gristmill.Silo.Tests;

[Collection(nameof(LocalCluster))]
public class ClientTests(ITestOutputHelper log)
{
    [Fact]
    public async Task A_cluster_is_operated_by_its_client_and_left_by_a_silo_in_good_order()
    {
        Assert.SkipWhen(LocalCluster.Missing() is not null, LocalCluster.Missing() ?? "");
        string[] rows = FlightData.Rows[..60_000];
        using var folder = new RunFolder();
        await using LocalCluster cluster = await LocalCluster.StartAsync(folder, new()
        {
            ["Flights__Input"] = FlightData.Write(folder.At("in.csv.gz"), rows),
            ["Flights__RowsPerSecond"] = "2000",
            ["Gristmill__Parallelism"] = "3",

            // Long: the checkpoints of this test are those that are asked for.
            ["Gristmill__Checkpoints__Interval"] = "00:10:00",
        });
        IGristmillClient client = cluster.Client;

        JobReport running = await cluster.ReportAsync("rows were read", report => report.State == "Running" && report.RecordsIn > 0);
        Assert.Equal([LocalCluster.Job], (await client.ListAsync()).Select(report => report.Job));
        Assert.Equal(LocalCluster.Silos, running.Silos.Distinct().Count());
        Assert.Equal(1, await client.CheckpointAsync(LocalCluster.Job));
        Assert.Equal("Running", (await client.GetStatusAsync(LocalCluster.Job)).State);

        var unknown = await Assert.ThrowsAsync<UnknownJobException>(() => client.StartAsync("delays"));
        Assert.Contains("There is no job 'delays' on this cluster; its silos have: 'flights'", unknown.Message, StringComparison.Ordinal);

        JobReport stopped = await client.StopAsync(LocalCluster.Job);
        Assert.Equal("Stopped", stopped.State);
        Assert.Equal(2, stopped.Checkpoint);
        var refused = await Assert.ThrowsAsync<JobOperationException>(() => client.CheckpointAsync(LocalCluster.Job));
        Assert.Contains("does not run", refused.Message, StringComparison.Ordinal);

        await client.StartAsync(LocalCluster.Job);
        await cluster.ReportAsync("it ran again", report => report.State == "Running" && report.RecordsIn > 0);
        await LeaveAsync(cluster, 1);

        // Nobody has lost anything, and the rest is read on two silos.
        await cluster.CompletedAsync();
        Assert.Equal(FlightData.Report(rows), folder.Report());
    }

    [Fact]
    public async Task A_cluster_that_is_not_there_is_named_with_the_remedy_and_a_cancelled_call_is_not_waited_for()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleansClient(client => client.UseLocalhostClustering(gatewayPort: 9, serviceId: "none", clusterId: "none"));
        builder.Services.AddGristmillClient();
        using IHost host = builder.Build();
        IGristmillClient client = host.Services.GetRequiredService<IGristmillClient>();

        // The host is not started: there is nobody to ask.
        var unreachable = await Assert.ThrowsAsync<ClusterUnreachableException>(() => client.GetStatusAsync("flights"));
        Assert.Contains("status of job 'flights'", unreachable.Message, StringComparison.Ordinal);
        Assert.Contains("/healthz/ready", unreachable.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetStatusAsync("flights", new CancellationToken(canceled: true)));
    }

    /// <summary>SIGTERM: ready no more at once, a last checkpoint, the job on the others, and the process ends.</summary>
    private async Task LeaveAsync(LocalCluster cluster, int silo)
    {
        using var http = new HttpClient();
        using (HttpResponseMessage live = await http.GetAsync(new Uri(cluster.HealthOf(silo) + "live")))
            Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        int checkpoints = (await cluster.CompleteAsync()).Count;
        var clock = Stopwatch.StartNew();
        cluster.Terminate(silo);
        await cluster.UntilAsync($"silo {silo} had ended", () => Task.FromResult(cluster.HasEnded(silo)));
        log.WriteLine($"Silo {silo} left in {clock.Elapsed.TotalSeconds:F1} s");
        Assert.True((await cluster.CompleteAsync()).Count > checkpoints, $"No last checkpoint was taken.{Environment.NewLine}{cluster.LogOf(silo)}");
        JobReport moved = await cluster.ReportAsync("the job ran on the others", report => report.State == "Running" && report.RecordsIn > 0);
        Assert.Equal(LocalCluster.Silos - 1, moved.Silos.Distinct().Count());
    }
}
