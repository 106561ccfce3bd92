using Gristmill.Client;
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

    private readonly ForgetfulDirectory _directory;

    private Cluster(InProcessTestCluster cluster, Shared shared, ForgetfulDirectory directory)
    {
        _directory = directory;
        _cluster = cluster;
        Shared = shared;
    }

    public static TimeSpan Bound => TimeSpan.FromSeconds(90);

    public Shared Shared { get; }

    public IGrainFactory Grains => _cluster.Client;

    public IReadOnlyList<InProcessSiloHandle> Silos => [.. _cluster.GetActiveSilos()];

    /// <summary>A client, as an application has it.</summary>
    public IGristmillClient Client => field ??= new ServiceCollection().AddSingleton(Grains).AddGristmillClient().BuildServiceProvider().GetRequiredService<IGristmillClient>();

    public IJobGrain Job => Grains.GetGrain<IJobGrain>("job");

    public static async Task<Cluster> StartAsync<TJob>(
        Shared shared, int silos = 3, int parallelism = 4, Action<GristmillOptions>? configure = null, Action<GristmillClusterOptions>? configureCluster = null,
        Action<string, ISiloBuilder>? configureSilo = null, bool start = true)
        where TJob : class, IJob
    {
        var builder = new InProcessTestClusterBuilder((short)silos);
        var directory = new ForgetfulDirectory();
        builder.ConfigureSilo((specific, silo) =>
        {
            silo.Services.AddSingleton(shared);
            silo.Services.AddLogging(logging => logging.AddProvider(shared.Log));
            silo.UseInMemoryReminderService();
            silo.Services.AddSingleton<IReminderTable>(services => new TroubledReminders(
                (IReminderTable)services.GetRequiredService(silo.Services.First(service => service.ServiceType.Name == "InMemoryReminderTable").ServiceType), shared.Troubles));
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
                    options.Checkpoints.Store = new TroubledStore(shared.Store, shared.Troubles);
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
            configureSilo?.Invoke(specific.SiloName, silo);
        });

        // The test cluster's own membership and directory are added after what a test configures, so they are wrapped last.
        builder.Options.SiloHostConfigurationDelegates.Add((_, host) => host.ConfigureContainer(new LastWord(services => Wrap(services, shared, directory))));
        var cluster = new Cluster(builder.Build(), shared, directory);
        await cluster._cluster.DeployAsync();
        if (start)
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

    public Task<InProcessSiloHandle> AddSiloAsync() => _cluster.StartAdditionalSiloAsync();

    public IServiceProvider ServicesOf(InProcessSiloHandle silo) => _cluster.GetSiloServiceProvider(silo.SiloAddress);

    /// <summary>Has the directory forget the coordinator, which lives on: who has not called it yet gets another one.</summary>
    public void ForgetCoordinator() => _directory.Forget(Grains.GetGrain<ICheckpointCoordinatorGrain>("job").GetGrainId());

    /// <summary>Has the coordinator activated on a silo.</summary>
    public async Task PlaceCoordinatorAsync(InProcessSiloHandle silo, IGrainFactory? caller = null)
    {
        RequestContext.Set(Orleans.Runtime.Placement.IPlacementDirector.PlacementHintKey, silo.SiloAddress);
        await (caller ?? Grains).GetGrain<ICheckpointCoordinatorGrain>("job").GetStatusAsync();
        RequestContext.Clear();
    }

    /// <summary>What grain storage has of the job.</summary>
    public CoordinatorState Stored()
    {
        var serializer = ServicesOf(Silos[0]).GetRequiredService<Orleans.Serialization.Serializer>();
        return serializer.Deserialize<CoordinatorState>(Assert.Single(Shared.GrainStates, state => state.Key.EndsWith("/coordinator", StringComparison.Ordinal)).Value.Data);
    }

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

    private static void Wrap(IServiceCollection services, Shared shared, ForgetfulDirectory directory)
    {
        ServiceDescriptor membership = services.Last(service => service.ServiceType == typeof(IMembershipTable));
        services.Remove(membership);
        services.AddSingleton<IMembershipTable>(new TroubledMembership((IMembershipTable)membership.ImplementationInstance!, shared.Troubles));
        ServiceDescriptor known = services.Last(service => service.IsKeyedService && service.ServiceType == typeof(Orleans.GrainDirectory.IGrainDirectory));
        services.Remove(known);
        services.AddKeyedSingleton<Orleans.GrainDirectory.IGrainDirectory>(known.ServiceKey, directory);
    }

    /// <summary>Changes the services when all others have had their say.</summary>
    private sealed class LastWord(Action<IServiceCollection> change) : IServiceProviderFactory<IServiceCollection>
    {
        public IServiceCollection CreateBuilder(IServiceCollection services)
        {
            change(services);
            return services;
        }

        public IServiceProvider CreateServiceProvider(IServiceCollection containerBuilder) => containerBuilder.BuildServiceProvider();
    }
}
