using Gristmill.Client;
using Gristmill.Client.Internal;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the client of a Gristmill cluster.</summary>
public static class GristmillClientServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IGristmillClient"/>. The services need an Orleans client (<c>UseOrleansClient</c>) or are a silo's own.
    /// </summary>
    /// <param name="services">The services.</param>
    public static IServiceCollection AddGristmillClient(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton<IGristmillClient, GrainClient>();
        return services;
    }
}
