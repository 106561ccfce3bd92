using Gristmill.Grains;
using Gristmill.Silo.Clustering;
using Gristmill.Silo.Health;
using Gristmill.Silo.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gristmill.Silo;

/// <summary>
/// A silo as a process. An application's own is
/// <code>
/// return await GristmillSilo.RunAsync(args, silo => silo.AddJob&lt;FlightDelays&gt;());
/// </code>
/// Settings come from appsettings.json beside the program, the environment (<c>Gristmill__Clustering__Kind=AdoNet</c>) and
/// the command line; docs/cluster.md lists them.
/// </summary>
public static class GristmillSilo
{
    /// <summary>The silo was stopped in good order.</summary>
    public const int Done = 0;

    /// <summary>The silo could not start or go on.</summary>
    public const int Failed = 1;

    /// <summary>The settings or a job are not right; standard error has all faults.</summary>
    public const int Usage = 2;

    /// <summary>Runs a silo until it is told to go by SIGTERM or Ctrl+C; then its jobs take a last checkpoint and move to other silos.</summary>
    /// <param name="args">The command line; settings as <c>--Gristmill:HealthPort=8081</c>.</param>
    /// <param name="addJobs">Adds the jobs, the same on every silo.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, Action<GristmillSiloBuilder> addJobs)
    {
        ArgumentNullException.ThrowIfNull(addJobs);
        try
        {
            await using WebApplication silo = Build(args, addJobs);
            await silo.RunAsync();
            return Done;
        }
        catch (Exception e) when (e is SiloSettingsException or JobConfigurationException or OptionsValidationException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return Usage;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            await Console.Error.WriteLineAsync($"The silo has failed: {e.GetType().Name}: {e.Message}");
            return Failed;
        }
    }

    /// <summary>Builds a silo that is not started yet: what <see cref="RunAsync"/> runs, for who wants to add to it.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="addJobs">Adds the jobs, the same on every silo.</param>
    public static WebApplication Build(string[] args, Action<GristmillSiloBuilder> addJobs)
    {
        ArgumentNullException.ThrowIfNull(addJobs);
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        List<string> faults = [];
        SiloSettings settings = SiloSettings.Read(builder.Configuration, faults);
        JobDefaults.Check(settings, faults);
        if (faults.Count > 0)
            throw new SiloSettingsException(faults);

        builder.Logging.ClearProviders().AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.ShutdownTimeout);
        builder.WebHost.ConfigureKestrel(server => server.ListenAnyIP(settings.HealthPort));
        AddHealth(builder.Services);
        builder.Services.AddGristmillClient();
        builder.UseOrleans(silo =>
        {
            SiloClustering.Use(silo, settings);

            // Before the jobs' own options, which go on top.
            silo.Services.AddSingleton<IConfigureOptions<GristmillOptions>>(new JobDefaults(settings));
            GristmillSiloBuilder gristmill = silo.AddGristmill(configureCluster: cluster => SiloClustering.Apply(settings, cluster));
            if (settings.Checkpoints.Store is { Kind: CheckpointKind.Memory } memory)
                gristmill.UseReplicatedMemory(options => (options.MaxBytes, options.AllowOneCopy) = (memory.MaxBytes, memory.AllowOneCopy));
            addJobs(gristmill);
        });

        WebApplication app = builder.Build();
        app.MapHealthChecks("/healthz/live", Only<SiloLiveness>());
        app.MapHealthChecks("/healthz/ready", Only<SiloReadiness>());
        return app;
    }

    private static void AddHealth(IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<SiloLiveness>();
        services.AddHealthChecks()
            .AddCheck<SiloLiveness>(nameof(SiloLiveness))
            .AddCheck<SiloReadiness>(nameof(SiloReadiness));
    }

    private static HealthCheckOptions Only<T>() => new() { Predicate = check => check.Name == typeof(T).Name };
}
