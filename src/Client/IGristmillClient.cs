using Gristmill.Checkpoints;
using Gristmill.GrainInterfaces;

namespace Gristmill.Client;

/// <summary>
/// The jobs of a cluster: how they fare, and to start, stop and checkpoint them by hand. A cancelled call is no longer
/// waited for; what it asked for may happen all the same.
/// </summary>
public interface IGristmillClient
{
    /// <summary>Starts a job from its newest checkpoint; one that runs already goes on.</summary>
    /// <param name="job">The job's name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="UnknownJobException">No silo has a job of this name.</exception>
    /// <exception cref="JobOperationException">The job can't be started.</exception>
    /// <exception cref="ClusterUnreachableException">No silo answers.</exception>
    Task StartAsync(string job, CancellationToken cancellationToken = default);

    /// <summary>Ends a job and waits until it has ended, however long its last checkpoint takes; one that does not run stays as it is.</summary>
    /// <param name="job">The job's name.</param>
    /// <param name="mode">Whether it takes a last checkpoint, and whether it may come back. Default: behind a last checkpoint.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>How the job fares in the end.</returns>
    /// <exception cref="UnknownJobException">No silo has a job of this name.</exception>
    /// <exception cref="ClusterUnreachableException">No silo answers.</exception>
    Task<JobReport> StopAsync(string job, StopMode mode = StopMode.WithCheckpoint, CancellationToken cancellationToken = default);

    /// <summary>How a job fares.</summary>
    /// <param name="job">The job's name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="UnknownJobException">No silo has a job of this name.</exception>
    /// <exception cref="ClusterUnreachableException">No silo answers.</exception>
    Task<JobReport> GetStatusAsync(string job, CancellationToken cancellationToken = default);

    /// <summary>All jobs the silos were built with, with how they fare.</summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ClusterUnreachableException">No silo answers.</exception>
    Task<IReadOnlyList<JobReport>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>Takes a checkpoint now.</summary>
    /// <param name="job">The job's name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Its number.</returns>
    /// <exception cref="UnknownJobException">No silo has a job of this name.</exception>
    /// <exception cref="JobOperationException">The job does not run, or the checkpoint failed.</exception>
    /// <exception cref="ClusterUnreachableException">No silo answers.</exception>
    Task<long> CheckpointAsync(string job, CancellationToken cancellationToken = default);

    /// <summary>Takes a checkpoint and copies it into a savepoint in the job's store, which is never collected; the job goes on meanwhile.</summary>
    /// <param name="job">The job's name.</param>
    /// <param name="name">The savepoint's name: one part of an object name.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What names it.</returns>
    /// <exception cref="UnknownJobException">No silo has a job of this name.</exception>
    /// <exception cref="JobOperationException">The job does not run, the checkpoint or the store failed, or there is a savepoint of this name.</exception>
    /// <exception cref="ClusterUnreachableException">No silo answers.</exception>
    Task<ManifestReference> SavepointAsync(string job, string name, CancellationToken cancellationToken = default);

    /// <summary>
    /// Stops a job behind a last checkpoint and copies that into a savepoint in the job's store; of a job that does not run, its
    /// newest checkpoint. Whoever takes the stop over from a coordinator that dies writes the savepoint too.
    /// </summary>
    /// <param name="job">The job's name.</param>
    /// <param name="savepoint">The savepoint's name: one part of an object name.</param>
    /// <param name="cancellationToken">Gives up waiting; the job stops all the same.</param>
    /// <returns>What names it.</returns>
    /// <exception cref="UnknownJobException">No silo has a job of this name.</exception>
    /// <exception cref="JobOperationException">
    /// There is a savepoint of this name, and the job runs on; or it did not stop behind a checkpoint, or the store failed.
    /// </exception>
    /// <exception cref="ClusterUnreachableException">No silo answers.</exception>
    Task<ManifestReference> StopAsync(string job, string savepoint, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes a job that does not run back to an older checkpoint, which becomes its newest under a new number. What was published
    /// since stays published.
    /// </summary>
    /// <param name="job">The job's name.</param>
    /// <param name="checkpoint">One of the checkpoints that are retained.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What names the new checkpoint.</returns>
    /// <exception cref="UnknownJobException">No silo has a job of this name.</exception>
    /// <exception cref="JobOperationException">The job runs, has no such checkpoint (the message names those there are), or the store failed.</exception>
    /// <exception cref="ClusterUnreachableException">No silo answers; whether it happened, the head of the store tells.</exception>
    Task<ManifestReference> RollbackAsync(string job, long checkpoint, CancellationToken cancellationToken = default);

    /// <summary>Looks up a key's state in an operator, live or as of the last complete checkpoint.</summary>
    /// <typeparam name="TKey">The operator's keys, or a narrower number.</typeparam>
    /// <typeparam name="TValue">The state's values: T of a <c>ValueState&lt;T&gt;</c>, a <c>List&lt;T&gt;</c> or <c>Dictionary&lt;K, V&gt;</c> of a list or map state, the accumulator of a window.</typeparam>
    /// <param name="job">The job's name.</param>
    /// <param name="state">The operator, and which of its states.</param>
    /// <param name="key">The key.</param>
    /// <param name="view">Live by default. A live value is not committed yet: after a failure it may be an older one again.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="UnknownJobException">No silo has a job of this name.</exception>
    /// <exception cref="JobOperationException">There is no such state, the job does not run and live state is asked for, or it is just restarting.</exception>
    /// <exception cref="StateQueryException">The types of key or value don't fit the state's.</exception>
    /// <exception cref="ClusterUnreachableException">No silo answers.</exception>
    Task<StateResult<TValue>> QueryStateAsync<TKey, TValue>(
        string job, StateAddress state, TKey key, StateView view = StateView.Live, CancellationToken cancellationToken = default);
}
