using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gristmill.GrainInterfaces;
using Gristmill.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gristmill.Bench;

/// <summary>What a run on a cluster gave.</summary>
internal sealed record ClusterResult(string Hash, double EventsPerSecond, double BytesPerRecord);

/// <summary>The queries' job, whichever it is.</summary>
internal sealed class BenchJob(Query query, QueryInput input) : IJob
{
    public void Build(JobBuilder job) => query.CreateJob(input).Build(job);
}

/// <summary>Runs a query on silos in this process: first for warmth, then measured.</summary>
internal static class ClusterRun
{
    public static async Task<ClusterResult> RunAsync(RunSettings settings, int silos, CancellationToken cancellationToken)
    {
        await MeasureAsync(settings with { Numbers = settings.Numbers with { Events = settings.Warmup } }, silos, cancellationToken);
        GC.Collect();
        return await MeasureAsync(settings, silos, cancellationToken);
    }

    private static async Task<ClusterResult> MeasureAsync(RunSettings settings, int silos, CancellationToken cancellationToken)
    {
        var committed = new CommittedChecksum();
        var input = new QueryInput(settings.Numbers, settings.Keys, settings.Parallelism, committed, null);
        using var store = new StoreFolder(settings.Store);
        List<int> ports = [.. Enumerable.Range(0, 2 * silos).Select(_ => FreePort())];
        var hosts = new List<IHost>();
        try
        {
            for (int i = 0; i < silos; i++)
            {
                hosts.Add(Build(settings, input, store, ports[2 * i], ports[2 * i + 1], ports[0]));
                await hosts[i].StartAsync(cancellationToken);
            }

            IJobGrain job = hosts[0].Services.GetRequiredService<IGrainFactory>().GetGrain<IJobGrain>("bench");
            long before = Stopwatch.GetTimestamp();
            await job.StartAsync();
            JobReport report = await EndAsync(job, cancellationToken);
            double seconds = Stopwatch.GetElapsedTime(before).TotalSeconds;
            if (report.State != "Completed")
                throw new BenchFailedException($"The job ended as {report.State}: {report.Error}", null);
            List<SiloChannels> channels = [.. hosts.Select(host => host.Services.GetRequiredService<SiloChannels>())];
            return new ClusterResult(
                committed.Total.Hash.ToString("x16", CultureInfo.InvariantCulture),
                settings.Numbers.Events / seconds,
                channels.Sum(one => one.SentBytes) / (double)Math.Max(1, channels.Sum(one => one.SentRecords)));
        }
        finally
        {
            foreach (IHost host in hosts)
            {
                await host.StopAsync(CancellationToken.None);
                host.Dispose();
            }
        }
    }

    private static async Task<JobReport> EndAsync(IJobGrain job, CancellationToken cancellationToken)
    {
        while (true)
        {
            JobReport report = await job.GetStatusAsync();
            if (report.State is "Completed" or "Failed" or "Fenced")
                return report;
            await Task.Delay(20, cancellationToken);
        }
    }

    private static IHost Build(RunSettings settings, QueryInput input, StoreFolder store, int siloPort, int gatewayPort, int primaryPort)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(siloPort, gatewayPort, new IPEndPoint(IPAddress.Loopback, primaryPort), "bench", $"bench-{primaryPort}");
            silo.UseInMemoryReminderService();
            silo.Services.AddSingleton(settings.Query);
            silo.Services.AddSingleton(input);
            silo.AddGristmill(
                options =>
                {
                    options.Parallelism = settings.Parallelism;
                    options.Checkpoints.Interval = settings.CheckpointInterval ?? options.Checkpoints.Interval;
                    store.Use(options.Checkpoints);
                },
                cluster => cluster.AutoStart = false).AddJob<BenchJob>("bench");
        });
        return builder.Build();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
