using Gristmill;
using Gristmill.Grains;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Orleans.Hosting;

/// <summary>Adds Gristmill to a silo.</summary>
public static class GristmillSiloBuilderExtensions
{
    /// <summary>
    /// Adds Gristmill: <c>siloBuilder.AddGristmill(o => …).AddJob&lt;FlightDelays&gt;()</c>, the same on every silo. Reminders
    /// are the silo's to configure (<c>UseInMemoryReminderService</c> on one machine). Called again, it adds to what was said before.
    /// </summary>
    /// <param name="silo">The silo.</param>
    /// <param name="configure">Options common to all jobs.</param>
    /// <param name="configureCluster">How the cluster runs them.</param>
    /// <exception cref="OptionsValidationException">All that is wrong with the cluster's options.</exception>
    public static GristmillSiloBuilder AddGristmill(
        this ISiloBuilder silo, Action<GristmillOptions>? configure = null, Action<GristmillClusterOptions>? configureCluster = null)
    {
        ArgumentNullException.ThrowIfNull(silo);
        IServiceCollection services = silo.Services;
        GristmillClusterOptions? before = services.Select(service => service.ImplementationInstance).OfType<GristmillClusterOptions>().FirstOrDefault();
        GristmillClusterOptions cluster = before ?? new GristmillClusterOptions();
        configureCluster?.Invoke(cluster);
        if (cluster.Problems().ToList() is { Count: > 0 } problems)
            throw new OptionsValidationException(nameof(GristmillClusterOptions), typeof(GristmillClusterOptions), problems);
        services.AddOptions();
        if (configure is not null)
            services.ConfigureAll(configure);
        if (before is null)
            AddServices(silo, cluster);
        return new GristmillSiloBuilder(silo);
    }

    private static void AddServices(ISiloBuilder silo, GristmillClusterOptions cluster)
    {
        IServiceCollection services = silo.Services;
        services.AddSingleton(cluster);
        services.TryAddSingleton<JobCatalog>();
        services.TryAddSingleton<SiloChannels>();
        services.TryAddSingleton<LocalJobs>();
        services.AddPlacementDirector<SubtaskPlacement, SubtaskPlacementDirector>();
        services.AddSingleton<ILifecycleParticipant<Orleans.Runtime.ISiloLifecycle>, SiloParticipant>();
        if (cluster.StorageProvider is null)
            silo.AddMemoryGrainStorage(cluster.Storage);
        if (cluster.StreamProvider is null)
        {
            silo.AddMemoryStreams(cluster.Streams);
            silo.AddMemoryGrainStorage("PubSubStore");
        }
    }
}
