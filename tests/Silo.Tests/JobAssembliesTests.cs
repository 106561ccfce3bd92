using System.Net;
using System.Net.Sockets;
using Gristmill.Client;
using Gristmill.Flights.Tests;
using Gristmill.Silo.Jobs;
using Gristmill.Silo.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Gristmill.Silo.Tests;

public class JobAssembliesTests
{
    [Fact]
    public async Task A_silo_hosts_the_public_jobs_of_the_assemblies_it_is_told_of()
    {
        using var folder = new RunFolder();
        await using WebApplication silo = GristmillSilo.Build(
            Arguments(folder, typeof(TenNumbers).Assembly.Location), JobAssemblies.AddAll);
        await silo.StartAsync();

        // In a silo the client needs no more than the silo.
        IGristmillClient client = silo.Services.GetRequiredService<IGristmillClient>();
        Assert.Equal(["ten-numbers"], (await client.ListAsync()).Select(report => report.Job));
        await client.StartAsync("ten-numbers");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await client.GetStatusAsync("ten-numbers", limit.Token)).State != "Completed")
            await Task.Delay(20, limit.Token);
        await silo.StopAsync();
    }

    [Fact]
    public void A_silo_without_jobs_or_with_a_missing_assembly_says_what_to_do()
    {
        using var folder = new RunFolder();
        var none = Assert.Throws<SiloSettingsException>(() => GristmillSilo.Build(Arguments(folder), JobAssemblies.AddAll));
        Assert.Contains("Gristmill:JobAssemblies is empty", none.Message, StringComparison.Ordinal);
        var missing = Assert.Throws<SiloSettingsException>(() => GristmillSilo.Build(Arguments(folder, folder.At("jobs.dll"), typeof(IJob).Assembly.Location), JobAssemblies.AddAll));
        Assert.Contains("jobs.dll', which is missing", missing.Message, StringComparison.Ordinal);
        Assert.Contains("Gristmill.Engine.dll', which has no public class that is an IJob", missing.Message, StringComparison.Ordinal);
    }

    private static string[] Arguments(RunFolder folder, params string[] assemblies)
    {
        int[] ports = FreePorts(3);
        return
        [
            $"--Gristmill:Checkpoints:Folder={folder.Checkpoints}", "--Gristmill:AutoStart=false", "--Gristmill:Parallelism=1", $"--Gristmill:HealthPort={ports[0]}",
            $"--Gristmill:Endpoints:SiloPort={ports[1]}", $"--Gristmill:Endpoints:GatewayPort={ports[2]}",
            .. assemblies.Select((assembly, index) => $"--Gristmill:JobAssemblies:{index}={assembly}"),
        ];
    }

    private static int[] FreePorts(int count)
    {
        List<TcpListener> taken = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        taken.ForEach(listener => listener.Start());
        int[] ports = [.. taken.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        taken.ForEach(listener => listener.Dispose());
        return ports;
    }
}

/// <summary>The one public job of this assembly.</summary>
public sealed class TenNumbers : IJob
{
    public void Build(JobBuilder job) => job.From("numbers", Generator.Sequence(10)).To("rows", new Collected<long>());
}
