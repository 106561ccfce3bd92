using Gristmill.Checkpoints;
using Gristmill.GrainInterfaces;

namespace Gristmill.Grains;

/// <content>Savepoints, and going back to older checkpoints.</content>
internal sealed partial class CheckpointCoordinatorGrain
{
    public Task<ManifestName> SavepointAsync(string name, Guid request) => Once(request, () => OnStoreAsync(async store =>
    {
        await RequireNewAsync(store, name);
        await TakeCheckpointAsync();
        return Named(await NewestSavepoint.WriteAsync(store, Job, store, name, withStaged: false, CancellationToken.None));
    }));

    public async Task<ManifestName?> StopAsync(string savepoint)
    {
        // Asked again after a call that was too long, or of another coordinator, it is there by right.
        if (_wish.Now.Savepoint != savepoint)
            await OnStoreAsync(store => RequireNewAsync(store, savepoint));
        Task<JobOutcome>? running = null;
        await WantAsync(state =>
        {
            running = _running;
            state.Savepoint = savepoint;
            if (running is not null)
                state.Ending = StopMode.WithCheckpoint;
            else if (state.Desired is DesiredState.Running or DesiredState.Unknown)
                (state.Desired, state.Ending) = (DesiredState.Stopped, null);
            return true;
        });
        if (running is null)
            return await OnStoreAsync(store => FindOrWriteAsync(store, savepoint));
        if (running != _running)
            return null;
        CarryOut(StopMode.WithCheckpoint);
        JobOutcome outcome = await running;
        if (IsAbandoned)
            return null;
        return outcome.State is JobState.Stopped or JobState.Completed
            ? await OnStoreAsync(store => FindOrWriteAsync(store, savepoint))
            : throw new JobOperationException($"Job '{Job}' ended as {outcome.State} instead of stopping, so there is no savepoint: {outcome.Error?.Message}");
    }

    public async Task<ManifestName> RollbackAsync(long checkpoint)
        => _running is null && _wish.Desired != DesiredState.Running
            ? await OnStoreAsync(async store => Named(await CheckpointRollback.ApplyAsync(store, Job, checkpoint, Time)))
            : throw new JobOperationException($"Job '{Job}' runs, and would be fenced off by going back to checkpoint {checkpoint}; stop it first.");

    /// <summary>
    /// The savepoint of a stop, before the stop is noted as done: who takes the job over in between does both again. Who
    /// asked for it is told what is wrong with it; the job is stopped all the same.
    /// </summary>
    private async Task LeaveSavepointAsync(JobOutcome outcome)
    {
        if (_wish.Now is not { Savepoint: { } savepoint, Ending: StopMode.WithCheckpoint } || IsAbandoned || outcome.State is not (JobState.Stopped or JobState.Completed))
            return;
        try
        {
            await OnStoreAsync(store => FindOrWriteAsync(store, savepoint));
        }
        catch (JobOperationException e)
        {
            ClusterLog.NoSavepoint(_logger, Job, savepoint, e.Message);
        }
    }

    private async Task<ManifestName> FindOrWriteAsync(ICheckpointStore store, string savepoint)
        => Named(await ManifestFile.FindAsync(store, Savepoint.ManifestName(Job, savepoint))
            ?? await NewestSavepoint.WriteAsync(store, Job, store, savepoint, withStaged: false, CancellationToken.None));

    private async Task<bool> RequireNewAsync(ICheckpointStore store, string savepoint)
    {
        string manifest = Savepoint.ManifestName(Job, savepoint);
        return await store.GetLengthAsync(manifest) is null ? true : throw new ObjectExistsException(manifest, store.Description);
    }

    private static ManifestName Named(ManifestReference reference) => new(reference.Checkpoint, reference.Generation, reference.Manifest, reference.Hash);

    /// <summary>Errors of the engine are said in words a client knows.</summary>
    private async Task<T> OnStoreAsync<T>(Func<ICheckpointStore, Task<T>> work)
    {
        try
        {
            return await work(_catalog.Create(Job).Store);
        }
        catch (Exception e) when (e is CheckpointStoreException or CorruptCheckpointException or UnsupportedFormatException or InvalidOperationException
            or ArgumentException or JobConfigurationException or JobFencedException)
        {
            throw new JobOperationException(e.Message);
        }
    }
}
