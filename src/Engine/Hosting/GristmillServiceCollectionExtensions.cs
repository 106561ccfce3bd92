using Gristmill;
using Gristmill.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Gristmill to a host.</summary>
public static class GristmillServiceCollectionExtensions
{
    /// <summary>
    /// Adds Gristmill: <c>services.AddGristmill(o => …).AddJob&lt;FlightDelays&gt;()</c>. The jobs start with the host and stop
    /// with it behind a last checkpoint; faults of options and jobs keep the host from starting, all of them at once.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Options common to all jobs.</param>
    public static GristmillBuilder AddGristmill(this IServiceCollection services, Action<GristmillOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions();
        if (configure is not null)
            services.ConfigureAll(configure);
        services.TryAddSingleton<GristmillJobs>();
        services.TryAddSingleton<IGristmillJobs>(provider => provider.GetRequiredService<GristmillJobs>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, GristmillHostedService>());
        return new GristmillBuilder(services);
    }
}
