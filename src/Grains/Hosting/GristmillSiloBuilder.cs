using System.Diagnostics.CodeAnalysis;
using Gristmill.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gristmill.Grains;

/// <summary>Adds jobs to a silo.</summary>
public sealed class GristmillSiloBuilder
{
    internal GristmillSiloBuilder(ISiloBuilder silo) => Silo = silo;

    /// <summary>The silo the jobs are added to.</summary>
    public ISiloBuilder Silo { get; }

    /// <summary>Adds a job. Every silo of the cluster needs the same ones.</summary>
    /// <param name="name">The job's name; default: the class's name in small letters with hyphens.</param>
    /// <param name="configure">Options of this job, on top of the common ones.</param>
    /// <exception cref="JobConfigurationException">A job of this name is there already.</exception>
    /// <typeparam name="TJob">The job; made by the container once for each of its subtasks.</typeparam>
    public GristmillSiloBuilder AddJob<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TJob>(
        string? name = null, Action<GristmillOptions>? configure = null)
        where TJob : class, IJob
    {
        string job = name ?? JobNames.Of(typeof(TJob));
        if (Silo.Services.Any(service => service.ImplementationInstance is ClusterJob added && added.Name == job))
            throw new JobConfigurationException(job, [$"a job of this name is added twice, the second time as {typeof(TJob).Name}; give one of them a name of its own: AddJob<{typeof(TJob).Name}>(\"…\")."]);
        Silo.Services.TryAddTransient<TJob>();
        Silo.Services.AddSingleton(new ClusterJob(job, services => services.GetRequiredService<TJob>()));
        if (configure is not null)
            Silo.Services.Configure(job, configure);
        return this;
    }
}

/// <summary>A job that was added to the silo.</summary>
internal sealed record ClusterJob(string Name, Func<IServiceProvider, IJob> Create);
