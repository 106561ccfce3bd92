using Gristmill.GrainInterfaces;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using Orleans.Streams;

namespace Gristmill.Grains;

/// <summary>Starts jobs with the silo, and moves their subtasks away before it goes.</summary>
internal sealed class SiloParticipant(
    JobCatalog catalog, GristmillClusterOptions options, LocalJobs local, ILocalSiloDetails silo, IGrainFactory grains,
    IServiceProvider services, TimeProvider time, ILogger<SiloParticipant> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(40);

    private readonly CancellationTokenSource _stopping = new();

    public void Participate(ISiloLifecycle lifecycle)
        => lifecycle.Subscribe(nameof(SiloParticipant), ServiceLifecycleStage.Active + 1, StartAsync, StopAsync);

    private Task StartAsync(CancellationToken cancellationToken)
    {
        if (MissingProviders().ToList() is { Count: > 0 } missing)
            throw new OptionsValidationException(nameof(GristmillClusterOptions), typeof(GristmillClusterOptions), missing);

        // What is wrong with a job keeps the silo from starting, as it keeps a host.
        foreach (string job in catalog.Names)
            catalog.Create(job);
        if (options.AutoStart)
            StartJobs();
        WatchJobs();
        return Task.CompletedTask;
    }

    private IEnumerable<string> MissingProviders()
    {
        if (services.GetKeyedService<IGrainStorage>(options.Storage) is null)
            yield return $"StorageProvider is '{options.Storage}', but the silo has no grain storage of this name; add it, or correct the name.";
        if (services.GetKeyedService<IStreamProvider>(options.Streams) is null)
            yield return $"StreamProvider is '{options.Streams}', but the silo has no stream provider of this name; add it, or correct the name.";
    }

    /// <summary>
    /// A coordinator that died between generations has no subtask that would miss it, and the reminder comes late: a call
    /// activates the grain anew, and it launches what is wanted.
    /// </summary>
    private async void WatchJobs()
    {
        try
        {
            while (true)
            {
                await Task.Delay(options.SilenceLimit, time, _stopping.Token);
                await Task.WhenAll(catalog.Names.Select(LookAfterAsync));
            }
        }
        catch (OperationCanceledException)
        {
            // The silo goes.
        }
    }

    private async Task LookAfterAsync(string job)
    {
        try
        {
            await grains.GetGrain<ICheckpointCoordinatorGrain>(job).LookAfterAsync();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            ClusterLog.NotLookedAfter(logger, job, e.Message);
        }
    }

    private async void StartJobs()
    {
        try
        {
            await Task.Delay(options.AutoStartDelay, time, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        foreach (string job in catalog.Names)
        {
            try
            {
                await grains.GetGrain<ICheckpointCoordinatorGrain>(job).StartAsync(onlyNew: true);
            }
            catch (Exception e)
            {
                ClusterLog.NotStarted(logger, job, e.Message);
            }
        }
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        local.IsLeaving = true;
        await _stopping.CancelAsync();

        // No time is given: the silo goes as it does when it dies.
        if (cancellationToken.IsCancellationRequested)
            return;
        try
        {
            await Task.WhenAll(local.Names.Select(job => grains.GetGrain<ICheckpointCoordinatorGrain>(job).LeaveAsync(silo.SiloAddress)))
                .WaitAsync(LongestFarewell, cancellationToken);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException or OperationCanceledException)
        {
            ClusterLog.NoLastCheckpoint(logger, string.Join(", ", local.Names), e.Message);
        }
    }
}
