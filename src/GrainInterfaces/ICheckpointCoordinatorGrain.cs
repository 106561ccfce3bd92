namespace Gristmill.GrainInterfaces;

/// <summary>
/// A job's coordinator: takes the job's generations, issues epochs, commits checkpoints. Its key is the job's name. That
/// there is one of it is convenient, never trusted: the head of the checkpoint store decides between two.
/// </summary>
[Alias("Gristmill.ICheckpointCoordinatorGrain")]
public interface ICheckpointCoordinatorGrain : IGrainWithStringKey
{
    /// <summary>Starts the job, unless it runs.</summary>
    /// <param name="onlyNew">Only if nobody has ever started or stopped it.</param>
    [Alias("Start")]
    Task StartAsync(bool onlyNew);

    /// <summary>Ends the job and waits until it has.</summary>
    [Alias("Stop")]
    Task<JobReport> StopAsync(StopMode mode);

    /// <summary>How it fares.</summary>
    [Alias("Status")]
    Task<JobReport> GetStatusAsync();

    /// <summary>Takes a checkpoint now.</summary>
    /// <param name="request">The request's own name: asked for again by it, no second one is taken.</param>
    [Alias("Checkpoint")]
    Task<long> CheckpointAsync(Guid request);

    /// <summary>Takes a checkpoint and copies it into a savepoint.</summary>
    /// <param name="name">The savepoint's name.</param>
    /// <param name="request">The request's own name: asked for again by it, no second one is taken.</param>
    [Alias("Savepoint")]
    Task<ManifestName> SavepointAsync(string name, Guid request);

    /// <summary>Stops the job behind a last checkpoint and copies that into a savepoint.</summary>
    /// <returns>What names it; null: the coordinator has moved meanwhile, and is to be asked again.</returns>
    [Alias("StopWithSavepoint")]
    Task<ManifestName?> StopAsync(string savepoint);

    /// <summary>Takes a job that does not run back to an older checkpoint.</summary>
    [Alias("Rollback")]
    Task<ManifestName> RollbackAsync(long checkpoint);

    /// <summary>Looks up a key's live state.</summary>
    /// <exception cref="JobOperationException">There is no such state, or the job does not run.</exception>
    [Alias("Query")]
    Task<StateReply> QueryAsync(StateRequest request);

    /// <summary>A silo looks whether the job does what it should: launches it if it is wanted and does not run.</summary>
    [Alias("LookAfter")]
    Task LookAfterAsync();

    /// <summary>A subtask has heard nothing for a while: whether the job should run is looked at again.</summary>
    /// <param name="generation">The generation the subtask is of.</param>
    /// <returns>Whether that generation runs here; if not, the subtask is to end.</returns>
    [Alias("Wake")]
    Task<bool> WakeAsync(long generation);

    /// <summary>A silo is about to go: takes a checkpoint and begins a new generation on the others, where the coordinator is itself by then.</summary>
    /// <param name="silo">The silo.</param>
    [Alias("Leave")]
    Task LeaveAsync(SiloAddress silo);

    /// <summary>What a subtask has to say.</summary>
    /// <returns>Whether its generation still runs here; if not, the subtask is to end.</returns>
    /// <exception cref="JobOperationException">The generation is not known here yet: to be said again.</exception>
    [Alias("Report")]
    Task<bool> ReportAsync(NodeReport report);
}
