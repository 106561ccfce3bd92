using Gristmill.GrainInterfaces;
using Microsoft.Extensions.Logging;

namespace Gristmill.Grains;

/// <summary>Starts jobs with the silo, and moves their subtasks away before it goes.</summary>
internal sealed class SiloParticipant(
    JobCatalog catalog, GristmillClusterOptions options, LocalSubtasks subtasks, ILocalSiloDetails silo, IGrainFactory grains,
    TimeProvider time, ILogger<SiloParticipant> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(40);

    private readonly CancellationTokenSource _stopping = new();

    public void Participate(ISiloLifecycle lifecycle)
        => lifecycle.Subscribe(nameof(SiloParticipant), ServiceLifecycleStage.Active + 1, StartAsync, StopAsync);

    private Task StartAsync(CancellationToken cancellationToken)
    {
        // What is wrong with a job keeps the silo from starting, as it keeps a host.
        foreach (string job in catalog.Names)
            catalog.Create(job);
        if (options.AutoStart)
            StartJobs();
        WatchJobs();
        return Task.CompletedTask;
    }

    /// <summary>
    /// A coordinator that died between generations has no subtask that would miss it, and the reminder comes late: a call
    /// activates the grain anew, and it launches what is wanted.
    /// </summary>
    private async void WatchJobs()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(options.SilenceLimit, time, _stopping.Token);
                await Task.WhenAll(catalog.Names.Select(job => grains.GetGrain<ICheckpointCoordinatorGrain>(job).GetStatusAsync()));
            }
            catch (Exception)
            {
                // Asked again the next time; at the end nobody is asked any more.
            }
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
        await _stopping.CancelAsync();

        // No time is given: the silo goes as it does when it dies.
        if (cancellationToken.IsCancellationRequested)
            return;
        try
        {
            await Task.WhenAll(subtasks.Jobs.Select(job => grains.GetGrain<ICheckpointCoordinatorGrain>(job).LeaveAsync(silo.SiloAddress)))
                .WaitAsync(LongestFarewell, cancellationToken);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException or OperationCanceledException)
        {
            ClusterLog.NoLastCheckpoint(logger, string.Join(", ", subtasks.Jobs), e.Message);
        }
    }
}
