using Gristmill.GrainInterfaces;
using Microsoft.Extensions.Logging;

namespace Gristmill.Grains;

/// <summary>Starts jobs with the silo, and moves their subtasks away before it goes.</summary>
internal sealed class SiloParticipant(
    JobCatalog catalog, GristmillClusterOptions options, LocalSubtasks subtasks, ILocalSiloDetails silo, IGrainFactory grains,
    ILogger<SiloParticipant> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(40);

    public void Participate(ISiloLifecycle lifecycle)
        => lifecycle.Subscribe(nameof(SiloParticipant), ServiceLifecycleStage.Active + 1, StartAsync, StopAsync);

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        // What is wrong with a job keeps the silo from starting, as it keeps a host.
        foreach (string job in catalog.Names)
            catalog.Create(job);
        if (!options.AutoStart)
            return;
        foreach (string job in catalog.Names)
        {
            try
            {
                await grains.GetGrain<ICheckpointCoordinatorGrain>(job).StartAsync(onlyNew: true);
            }
            catch (Exception e) when (e is OrleansException or TimeoutException)
            {
                ClusterLog.NotStarted(logger, job, e.Message);
            }
        }
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
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
