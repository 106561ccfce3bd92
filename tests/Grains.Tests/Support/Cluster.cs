using Gristmill.GrainInterfaces;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Storage;
using Orleans.TestingHost;

namespace Gristmill.Grains.Tests;

/// <summary>Silos in this process, which can be killed one by one.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private Cluster(InProcessTestCluster cluster, Shared shared)
    {
        _cluster = cluster;
        Shared = shared;
    }

    public static TimeSpan Bound => TimeSpan.FromSeconds(90);

    public Shared Shared { get; }

    public IGrainFactory Grains => _cluster.Client;

    public IReadOnlyList<InProcessSiloHandle> Silos => [.. _cluster.GetActiveSilos()];

    public IJobGrain Job => Grains.GetGrain<IJobGrain>("job");

    public static async Task<Cluster> StartAsync<TJob>(
        Shared shared, int silos = 3, int parallelism = 4, Action<GristmillOptions>? configure = null, Action<GristmillClusterOptions>? configureCluster = null)
        where TJob : class, IJob
    {
        var builder = new InProcessTestClusterBuilder((short)silos);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton(shared);
            silo.Services.AddLogging(logging => logging.AddProvider(shared.Log));
            silo.UseInMemoryReminderService();
            silo.Services.AddKeyedSingleton<IGrainStorage, SharedStorage>("shared");
            silo.Services.Configure<ClusterMembershipOptions>(membership =>
            {
                membership.ProbeTimeout = TimeSpan.FromMilliseconds(500);
                membership.NumMissedProbesLimit = 2;
                membership.NumVotesForDeathDeclaration = 1;
            });
            silo.AddGristmill(
                options =>
                {
                    options.Parallelism = parallelism;
                    options.BatchSize = 64;
                    options.Checkpoints.Store = shared.Store;
                    options.Checkpoints.Interval = TimeSpan.FromMilliseconds(100);
                    options.Restart.Policy = RestartPolicy.FixedDelay;
                    options.Restart.Delay = TimeSpan.FromMilliseconds(200);
                    options.Restart.MostAttempts = 1000;
                    configure?.Invoke(options);
                },
                cluster =>
                {
                    cluster.StorageProvider = "shared";
                    cluster.AutoStartDelay = TimeSpan.Zero;

                    // Started when all silos are there, so that all are used.
                    cluster.AutoStart = false;
                    cluster.PingInterval = TimeSpan.FromMilliseconds(200);
                    cluster.PingTimeout = TimeSpan.FromSeconds(5);
                    cluster.SilenceLimit = TimeSpan.FromSeconds(2);
                    configureCluster?.Invoke(cluster);
                }).AddJob<TJob>("job");
        });
        var cluster = new Cluster(builder.Build(), shared);
        await cluster._cluster.DeployAsync();
        await cluster.Job.StartAsync();
        return cluster;
    }

    public Task KillAsync(InProcessSiloHandle silo) => _cluster.KillSiloAsync(silo);

    public Task StopAsync(InProcessSiloHandle silo) => _cluster.StopSiloAsync(silo);

    /// <summary>The silo the coordinator was activated on last.</summary>
    public InProcessSiloHandle CoordinatorHome()
    {
        string line = Shared.Log.Lines.Last(line => line.Contains("coordinator is active on", StringComparison.Ordinal));
        return _cluster.Silos.First(silo => line.Contains(silo.SiloAddress.ToString(), StringComparison.Ordinal));
    }

    /// <summary>The keys of a generation's operator grains.</summary>
    public IReadOnlyList<string> SubtaskKeys(JobReport report)
        => [.. report.Silos.Select((silo, number) => new SubtaskKey("job", report.Generation, number,
            _cluster.Silos.First(handle => handle.SiloAddress.ToString() == silo).SiloAddress.ToParsableString()).ToString())];

    public Task AddSiloAsync() => _cluster.StartAdditionalSiloAsync();

    /// <summary>Waits for a report of the job; a call that dies with its silo is made again.</summary>
    public async Task<JobReport> UntilAsync(Func<JobReport, bool> condition, string what)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(Bound);
        JobReport? last = null;
        while (true)
        {
            try
            {
                last = await Job.GetStatusAsync().WaitAsync(TimeSpan.FromSeconds(5), bound.Token);
                if (condition(last))
                    return last;
                Assert.False(last.State == "Failed", $"the job failed: {last.Error}");
            }
            catch (Exception e) when (e is OrleansException or TimeoutException or OperationCanceledException)
            {
                // Asked again.
            }

            if (bound.IsCancellationRequested)
                Assert.Fail($"{what} did not come within {Bound}; the last report: {last}{Environment.NewLine}{string.Join(Environment.NewLine, Shared.Log.Lines.TakeLast(60))}");
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    public Task<JobReport> CompletedAsync() => UntilAsync(report => report.State == "Completed", "the end of the job");

    public async ValueTask DisposeAsync()
    {
        try
        {
            // Or each silo would move the job before it goes.
            await Job.StopAsync(StopMode.AtOnce).WaitAsync(TimeSpan.FromSeconds(10));
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // It ends with the silos.
        }

        await _cluster.DisposeAsync();
    }
}
