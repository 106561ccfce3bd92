using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Gristmill.Grains;

/// <summary>Checkpoints in the silos' memory.</summary>
public static class ReplicatedMemoryExtensions
{
    /// <summary>
    /// Keeps the checkpoints of all jobs in the memory of two silos, so that they survive the loss of either without any storage
    /// account. A job's own options (<c>AddJob(configure: …)</c>) may name another store. Called again, it adds to what was said before.
    /// </summary>
    /// <param name="gristmill">The silo's jobs.</param>
    /// <param name="configure">Sets options, the same on every silo.</param>
    /// <exception cref="OptionsValidationException">All that is wrong with the options.</exception>
    public static GristmillSiloBuilder UseReplicatedMemory(this GristmillSiloBuilder gristmill, Action<ReplicatedMemoryOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(gristmill);
        IServiceCollection services = gristmill.Silo.Services;
        ReplicatedMemoryOptions? before = services.Select(service => service.ImplementationInstance).OfType<ReplicatedMemoryOptions>().FirstOrDefault();
        ReplicatedMemoryOptions options = before ?? new ReplicatedMemoryOptions();
        configure?.Invoke(options);
        if (options.Problems().ToList() is { Count: > 0 } problems)
            throw new OptionsValidationException(nameof(ReplicatedMemoryOptions), typeof(ReplicatedMemoryOptions), problems);
        if (before is not null)
            return gristmill;
        services.AddSingleton(options);
        services.AddSingleton<ReplicaServices>();
        services.AddSingleton<ReplicaWatch>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<ReplicaWatch>());
        services.AddSingleton(provider => new ReplicatedMemoryStore(new ReplicaCalls(options, provider), options));
        services.AddSingleton<IConfigureOptions<GristmillOptions>>(provider => new ConfigureNamedOptions<GristmillOptions>(
            null, jobs => jobs.Checkpoints.Store = provider.GetRequiredService<ReplicatedMemoryStore>()));
        gristmill.Silo.AddGrainService<ReplicaService>();
        return gristmill;
    }
}
