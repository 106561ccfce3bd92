using System.Diagnostics.CodeAnalysis;
using Gristmill.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gristmill;

/// <summary>Adds jobs to a host.</summary>
public sealed class GristmillBuilder
{
    internal GristmillBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services the jobs are added to.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Adds a job, which starts and stops with the host.</summary>
    /// <param name="name">
    /// The job's name, by which its checkpoints are found: letters, digits, '-', '_' and '.'. Default: the class's name in
    /// small letters with hyphens, so that <c>FlightDelays</c> is <c>flight-delays</c>.
    /// </param>
    /// <param name="configure">Options of this job, on top of the common ones.</param>
    /// <typeparam name="TJob">The job; made by the container, with what its constructor asks for.</typeparam>
    public GristmillBuilder AddJob<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TJob>(
        string? name = null, Action<GristmillOptions>? configure = null)
        where TJob : class, IJob
    {
        string job = name ?? JobNames.Of(typeof(TJob));
        Services.TryAddTransient<TJob>();
        Services.AddSingleton(new JobRegistration(job, services => services.GetRequiredService<TJob>()));
        if (configure is not null)
            Services.Configure(job, configure);
        return this;
    }
}
