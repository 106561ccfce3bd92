using Microsoft.Extensions.Logging;

namespace Gristmill.Grains;

/// <summary>
/// Sees to it that what this silo holds is held twice, though no checkpoint comes meanwhile: that the loss of a silo is made up for,
/// that a single copy gets a second one, that what nobody needs is dropped, and that a silo that goes leaves nothing behind.
/// </summary>
internal sealed class ReplicaWatch(
    ReplicatedMemoryOptions options, IGrainFactory grains, ISiloStatusOracle membership, ILocalSiloDetails silo, TimeProvider time,
    ILogger<ReplicaWatch> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(30);

    private Func<IReadOnlyList<ReplicaHolder>> _holders = () => [];

    private IEnumerable<SiloAddress> Active => membership.GetApproximateSiloStatuses(onlyActive: true).Keys;

    /// <summary>At the stage where jobs take their last checkpoint, which goes to whoever holds the store by then.</summary>
    public void Participate(ISiloLifecycle lifecycle)
        => lifecycle.Subscribe(nameof(ReplicaWatch), ServiceLifecycleStage.Active + 1, _ => Task.CompletedTask, LeaveAsync);

    public async void Run(Func<IReadOnlyList<ReplicaHolder>> holders, CancellationToken stopping)
    {
        _holders = holders;
        try
        {
            while (true)
            {
                await Task.Delay(options.WatchInterval, time, stopping);
                foreach (ReplicaHolder holder in holders().Where(holder => holder.Status.ContentEpoch != 0))
                    await LookAfterAsync(holder);
            }
        }
        catch (OperationCanceledException)
        {
            // The silo goes.
        }
    }

    private async Task LookAfterAsync(ReplicaHolder holder)
    {
        try
        {
            IReplicaDirectoryGrain directory = grains.GetGrain<IReplicaDirectoryGrain>(holder.Store);
            if ((await directory.GetAsync()).Setup is not { } setup)
                return;
            if (!setup.Has(silo.SiloAddress))
                holder.Retire(setup.Epoch);
            else if (!HasTwo(setup))
                await directory.ReconfigureAsync(setup.Epoch, null);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            ClusterLog.ReplicasNotLookedAfter(logger, holder.Store, e.Message);
        }
    }

    private bool HasTwo(ReplicaSetup setup)
    {
        HashSet<SiloAddress> active = [.. Active];
        return setup.Backup is null ? active.Count < 2 : active.Contains(setup.Primary) && active.Contains(setup.Backup);
    }

    private async Task LeaveAsync(CancellationToken cancellationToken)
    {
        // No time is given: the silo goes as it does when it dies.
        if (cancellationToken.IsCancellationRequested)
            return;
        foreach (ReplicaHolder holder in _holders().Where(holder => holder.Status.ContentEpoch != 0))
        {
            try
            {
                IReplicaDirectoryGrain directory = grains.GetGrain<IReplicaDirectoryGrain>(holder.Store);
                if ((await directory.GetAsync().WaitAsync(LongestFarewell, time, cancellationToken)).Setup is { } setup && setup.Has(silo.SiloAddress))
                    await directory.ReconfigureAsync(setup.Epoch, silo.SiloAddress).WaitAsync(LongestFarewell, time, cancellationToken);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                ClusterLog.ReplicasNotLookedAfter(logger, holder.Store, e.Message);
            }
        }
    }
}
