namespace Gristmill.GrainInterfaces;

/// <summary>A job, as clients speak to it. Its key is the job's name.</summary>
[Alias("Gristmill.IJobGrain")]
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Starts the job from its newest checkpoint; one that runs already goes on.</summary>
    /// <exception cref="UnknownJobException">No silo has a job of this name.</exception>
    [Alias("Start")]
    Task StartAsync();

    /// <summary>Ends the job and waits until it has ended; one that does not run stays as it is.</summary>
    /// <param name="mode">Whether it takes a last checkpoint, and whether it may come back.</param>
    [Alias("Stop")]
    Task<JobReport> StopAsync(StopMode mode);

    /// <summary>How it fares.</summary>
    [Alias("Status")]
    Task<JobReport> GetStatusAsync();

    /// <summary>Takes a checkpoint now.</summary>
    /// <returns>Its number.</returns>
    /// <exception cref="JobOperationException">The job does not run, or the checkpoint failed.</exception>
    [Alias("Checkpoint")]
    Task<long> CheckpointAsync();

    /// <summary>Takes a checkpoint now; asked for again by the same name, after a call that was too long, no second one.</summary>
    /// <param name="request">The request's own name.</param>
    /// <returns>Its number.</returns>
    /// <exception cref="JobOperationException">The job does not run, or the checkpoint failed.</exception>
    [Alias("CheckpointOnce")]
    Task<long> CheckpointAsync(Guid request);

    /// <summary>Takes a checkpoint and copies it into a savepoint in the job's store; the job goes on meanwhile.</summary>
    /// <param name="name">The savepoint's name: one part of an object name.</param>
    /// <param name="request">The request's own name: asked for again by it, no second one is taken.</param>
    /// <returns>What names it.</returns>
    /// <exception cref="JobOperationException">The job does not run, the checkpoint or the store failed, or there is a savepoint of this name.</exception>
    [Alias("Savepoint")]
    Task<ManifestName> SavepointAsync(string name, Guid request);

    /// <summary>Stops the job behind a last checkpoint and copies that into a savepoint; of a job that does not run, its newest.</summary>
    /// <param name="savepoint">The savepoint's name: one part of an object name.</param>
    /// <returns>What names it.</returns>
    /// <exception cref="JobOperationException">There is a savepoint of this name, and the job runs on; or it did not stop behind a checkpoint, or the store failed.</exception>
    [Alias("StopWithSavepoint")]
    Task<ManifestName> StopAsync(string savepoint);

    /// <summary>Takes a job that does not run back to an older checkpoint, which becomes its newest.</summary>
    /// <param name="checkpoint">One of those its head retains.</param>
    /// <returns>What names the new checkpoint.</returns>
    /// <exception cref="JobOperationException">The job runs, has no such checkpoint, or the store failed.</exception>
    [Alias("Rollback")]
    Task<ManifestName> RollbackAsync(long checkpoint);

    /// <summary>Looks up a key's state.</summary>
    /// <exception cref="JobOperationException">There is no such state, or the job does not run and live state is asked for.</exception>
    [Alias("Query")]
    Task<StateReply> QueryAsync(StateRequest request);
}

/// <summary>The jobs a cluster has. Its key is 0.</summary>
[Alias("Gristmill.IJobDirectoryGrain")]
public interface IJobDirectoryGrain : IGrainWithIntegerKey
{
    /// <summary>All jobs the silos were built with, with how they fare.</summary>
    [Alias("List")]
    Task<IReadOnlyList<JobReport>> ListAsync();
}

/// <summary>How a job is to end.</summary>
[GenerateSerializer]
public enum StopMode
{
    /// <summary>Behind a last checkpoint; started again, it goes on from there.</summary>
    WithCheckpoint = 0,

    /// <summary>At once; started again, it goes on from its newest checkpoint.</summary>
    AtOnce,

    /// <summary>Reads nothing more, treats what was read as all there is, and completes.</summary>
    Drain,
}
