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
