using Gristmill.Checkpoints;
using Gristmill.GrainInterfaces;
using Gristmill.Jobs;
using Orleans.Runtime.Placement;

namespace Gristmill.Grains;

/// <content>From an activation to the end of the job, or its move elsewhere.</content>
internal sealed partial class CheckpointCoordinatorGrain : IGrainMigrationParticipant
{
    private const string LeavingKey = "gristmill-leaving";

    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan SignAgain = TimeSpan.FromSeconds(1);

    private bool _looksAtHead;

    private bool IsAbandoned => _leaves.IsCancellationRequested;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _local.AddCoordinator(Me, Job);
        ClusterLog.CoordinatorActive(_logger, Job, _silo.SiloAddress.ToString(), _wish.Desired.ToString());
        if (_wish.Desired == DesiredState.Running)
            Launch();
        return Task.CompletedTask;
    }

    /// <summary>No request reaches it any more, so no checkpoint could be completed: that was done before, where there was time.</summary>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _silos.Dispose();
        _reminder.Dispose();
        await AbandonAsync();
        _local.RemoveCoordinator(Me);
    }

    void IGrainMigrationParticipant.OnDehydrate(IDehydrationContext dehydrationContext)
        => dehydrationContext.TryAddValue(LeavingKey, _silos.Leaving.Select(silo => silo.ToParsableString()).ToArray());

    void IGrainMigrationParticipant.OnRehydrate(IRehydrationContext rehydrationContext)
    {
        if (!rehydrationContext.TryGetValue(LeavingKey, out string[]? leaving))
            return;
        foreach (string silo in leaving)
            _silos.Leaves(SiloAddress.FromParsableString(silo));
    }

    private void Launch()
    {
        if (_running is not null || IsAbandoned)
            return;

        // Nothing begins on a silo that is about to go.
        if (_local.IsLeaving)
        {
            _silos.Leaves(_silo.SiloAddress);
            Post(Leave);
            return;
        }

        try
        {
            _outcome = null;
            JobDefinition job = _catalog.Create(Job);
            if (job.Store.Durability == StoreDurability.LocalDisk)
                ClusterLog.NotShared(_logger, Job, job.Store.Description);
            _master = new JobMaster(job, this) { IsLossOfNode = IsLossOfNode };
        }
        catch (Exception e) when (e is JobConfigurationException or JobOperationException)
        {
            ClusterLog.NotStarted(_logger, Job, e.Message);
            _outcome = new JobOutcome(JobState.Failed, WasCompleteBefore: false, e);
            return;
        }

        _reminder.Keep(wanted: true);
        _running = RunAsync(_master);
    }

    private bool IsLossOfNode(Exception? cause)
        => cause is NodeLostException || _nodes?.Nodes.Any(node => _silos.IsLost(node.Place)) == true;

    private async Task<JobOutcome> RunAsync(JobMaster master)
    {
        await Task.Yield();
        JobOutcome outcome;
        try
        {
            outcome = await SignAsync() ? await master.RunAsync() : new JobOutcome(JobState.Cancelled, WasCompleteBefore: false, null);
        }
        catch (Exception e)
        {
            outcome = new JobOutcome(JobState.Failed, WasCompleteBefore: false, e);
        }

        await LeaveSavepointAsync(outcome);
        await SettleAsync(outcome);
        _outcome = outcome;
        _running = null;
        _nodes = null;
        if (outcome.State == JobState.Fenced)
            DeactivateOnIdle();
        return outcome;
    }

    /// <summary>
    /// Before the job is taken over: an older activation that is fenced by this one must not think the job lost. So nothing
    /// is taken over as long as that can't be stored.
    /// </summary>
    /// <returns>Whether the job is still to run.</returns>
    private async Task<bool> SignAsync()
    {
        while (!IsAbandoned)
        {
            try
            {
                await _wish.ChangeAsync(state =>
                {
                    state.Launcher = Me;
                    if (state.Desired == DesiredState.Unknown)
                        state.Desired = DesiredState.Running;
                    return true;
                });
                if (_wish.Now.Ending is { } ending)
                    CarryOut(ending);
                return _wish.Desired == DesiredState.Running;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                ClusterLog.StateNotStored(_logger, Job, e.Message);
                await Task.WhenAny(Task.Delay(SignAgain, Time, _leaves.Token));
            }
        }

        return false;
    }

    private void CarryOut(StopMode ending)
    {
        if (ending == StopMode.Drain)
            _master!.Drain();
        else
            _master!.Stop();
    }

    /// <summary>What has ended for good needs no reminder; a rival's job is the rival's.</summary>
    private async Task SettleAsync(JobOutcome outcome)
    {
        DesiredState? ended = outcome.State switch
        {
            JobState.Completed => DesiredState.Completed,
            JobState.Failed => DesiredState.Failed,
            JobState.Stopped when !IsAbandoned => DesiredState.Stopped,
            JobState.Fenced => DesiredState.Fenced,
            _ => null,
        };
        try
        {
            if (ended == DesiredState.Fenced)
                await _wish.ReadAndChangeAsync(state => state.Launcher == Me && Settle(state, DesiredState.Fenced, outcome));
            else if (ended is { } desired)
                await _wish.ChangeAsync(state => Settle(state, desired, outcome));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The next activation finds out the same from the checkpoint store.
            ClusterLog.StateNotStored(_logger, Job, e.Message);
        }

        if (_wish.Desired != DesiredState.Running)
            _reminder.Keep(wanted: false);
    }

    private static bool Settle(CoordinatorState state, DesiredState desired, JobOutcome outcome)
    {
        (state.Desired, state.Ending, state.Error) = (desired, null, outcome.Error?.Message);
        return true;
    }

    /// <summary>Somebody says that there is a generation newer than this one's. Whether it is so, the head knows.</summary>
    private async void StepAside(long newer)
    {
        if (_master is null || IsAbandoned || _looksAtHead)
            return;
        long mine = Newest;
        _looksAtHead = true;
        try
        {
            JobDefinition job = _catalog.Create(Job);
            long? head = Heads.Decode(Job, await job.Store.ReadHeadAsync(Job))?.Generation.Value;
            if (head is null || head <= Newest || IsAbandoned)
                return;
            ClusterLog.StepsAside(_logger, Job, newer, mine);
            await AbandonAsync();
            DeactivateOnIdle();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // It is said again, and the next commit finds out anyway.
            ClusterLog.NotLookedAfter(_logger, Job, e.Message);
        }
        finally
        {
            _looksAtHead = false;
        }
    }

    private async Task LeaveAfterAsync(Task before, SiloAddress silo)
    {
        await Task.WhenAny(before);
        if (silo.Equals(_silo.SiloAddress))
        {
            if (_running is not null && _nodes is not null)
            {
                ClusterLog.Leaves(_logger, Job, silo.ToString());
                await LastCheckpointAsync();
            }

            await AbandonAsync();
            Leave();
            return;
        }

        if (_running is null || _nodes?.Nodes.Any(node => silo.Equals(node.Silo)) != true)
            return;
        ClusterLog.Leaves(_logger, Job, silo.ToString());
        long generation = _nodes.Generation;
        await LastCheckpointAsync();
        if (_silos.Choose().All(_silos.Leaving.Contains))
            return;
        _master!.Move($"silo {silo} is about to go");
        await GenerationAfterAsync(generation);
    }

    /// <summary>Goes to a silo that stays, which launches the job at once; where there is none, the next one that comes does.</summary>
    private void Leave()
    {
        if (_silos.Others is not [SiloAddress other, ..])
        {
            DeactivateOnIdle();
            return;
        }

        ClusterLog.CoordinatorLeaves(_logger, Job, other.ToString());
        RequestContext.Set(IPlacementDirector.PlacementHintKey, other);
        MigrateOnIdle();
        RequestContext.Remove(IPlacementDirector.PlacementHintKey);
    }

    /// <summary>Ends here what runs, with nothing changed.</summary>
    private async Task AbandonAsync()
    {
        await _leaves.CancelAsync();
        _master?.Abandon();
        if (_running is { } running)
            await running;
    }

    private async Task LastCheckpointAsync()
    {
        try
        {
            await TakeCheckpointAsync().WaitAsync(LongestFarewell, Time);
        }
        catch (Exception e) when (e is JobOperationException or TimeoutException)
        {
            ClusterLog.NoLastCheckpoint(_logger, Job, e.Message);
        }
    }

    private async Task GenerationAfterAsync(long before)
    {
        long started = Time.GetTimestamp();
        while (Time.GetElapsedTime(started) < LongestFarewell && _running is not null && (_nodes!.Generation == before || _master!.Progress.State != JobState.Running))
            await Task.Delay(TimeSpan.FromMilliseconds(50), Time);
    }
}
