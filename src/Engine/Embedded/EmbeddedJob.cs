using Gristmill.Checkpoints;
using Gristmill.Embedded;
using Gristmill.Jobs;
using Gristmill.Queries;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill;

/// <summary>
/// A job that runs in this process, on threads of its own. In a service use <c>services.AddGristmill().AddJob&lt;T&gt;()</c>;
/// this is for console programs and tests:
/// <code>
/// var job = new EmbeddedJob("flights", new FlightDelays(), options);
/// JobOutcome outcome = await job.RunAsync(cancellationToken);
/// </code>
/// </summary>
public sealed class EmbeddedJob : IDisposable
{
    private readonly EmbeddedHost _host;
    private readonly JobMaster _master;
    private readonly ICheckpointStore _store;
    private readonly BlockDecoding _decoding;
    private readonly TaskCompletionSource<JobOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _started;

    /// <summary>Checks a job; nothing runs yet.</summary>
    /// <param name="name">The job's name, by which its checkpoints are found: letters, digits, '-', '_' and '.'.</param>
    /// <param name="job">The job.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="loggers">Where it logs; nowhere by default.</param>
    /// <param name="time">Its clock; the system's by default.</param>
    /// <exception cref="JobConfigurationException">All that is wrong with the options and the job.</exception>
    public EmbeddedJob(string name, IJob job, GristmillOptions options, ILoggerFactory? loggers = null, TimeProvider? time = null)
        : this(name, (job ?? throw new ArgumentNullException(nameof(job))).Build, options, loggers, time, new HostFaults())
    {
    }

    internal EmbeddedJob(string name, Action<JobBuilder> build, GristmillOptions options, ILoggerFactory? loggers, TimeProvider? time, HostFaults faults)
    {
        ArgumentNullException.ThrowIfNull(options);
        Name = name;
        JobDefinition definition = JobDefinition.Create(name, build, options);
        _host = new EmbeddedHost(name, options.WorkerThreads, time ?? TimeProvider.System, loggers ?? NullLoggerFactory.Instance, faults);
        _master = new JobMaster(definition, _host);
        _store = definition.Store;
        _decoding = definition.Decoding;
    }

    /// <summary>The job's name.</summary>
    public string Name { get; }

    /// <summary>How it fares at this moment.</summary>
    public JobStatus Status => _master.Progress.Status();

    /// <summary>How the copying to <see cref="CheckpointOptions.CopyTo"/> fares; null without one, and before the first start.</summary>
    public CheckpointCopyStatus? CheckpointCopy => _master.Progress.Copy;

    internal JobProgress Progress => _master.Progress;

    /// <summary>Completes when the job has ended, however that was. Never faulted.</summary>
    public Task<JobOutcome> Completion => _completion.Task;

    /// <summary>The checkpoints completed in this process, oldest first, at most the newest 10,000.</summary>
    public IReadOnlyList<CheckpointAttempt> CompletedCheckpoints => _master.Progress.CompletedAttempts;

    /// <summary>How long the running generation took to restore, up to its first step.</summary>
    public TimeSpan RestoredIn => _master.Progress.RestoredIn;

    /// <summary>Starts the job; a second call does nothing.</summary>
    public void Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            return;
        _host.Post(async () =>
        {
            try
            {
                _completion.TrySetResult(await _master.RunAsync());
            }
            catch (Exception e)
            {
                // Not the job but something around it, such as a log that is closed already; the process lives on.
                _completion.TrySetResult(new JobOutcome(JobState.Failed, WasCompleteBefore: false, e));
            }
        });
    }

    /// <summary>Starts the job and waits for its end.</summary>
    /// <param name="cancellationToken">Stops the job behind a last checkpoint, so that it goes on from there when started again.</param>
    public async Task<JobOutcome> RunAsync(CancellationToken cancellationToken = default)
    {
        Start();
        await using CancellationTokenRegistration registration = cancellationToken.Register(() => _host.Post(_master.Stop));
        return await Completion;
    }

    /// <summary>Takes a checkpoint now.</summary>
    /// <returns>Its number.</returns>
    /// <exception cref="InvalidOperationException">The job does not run, or the checkpoint failed.</exception>
    public Task<long> CheckpointAsync()
    {
        if (Completion.IsCompleted)
            return Task.FromException<long>(new InvalidOperationException($"Job '{Name}' has ended."));
        return OnHostAsync(_master.CheckpointAsync);
    }

    /// <summary>
    /// Changes the parallelism of all operators that don't say otherwise, while the job runs. The state is loaded for the
    /// new subtasks while the old ones go on; these are stopped behind a last checkpoint, and the new ones take up what that
    /// has changed. Meanwhile the state is in memory twice. The new parallelism lasts, over restarts after failures too, until
    /// the process ends; a new process begins with <see cref="GristmillOptions.Parallelism"/>.
    /// </summary>
    /// <param name="parallelism">The new parallelism: 1 up to <see cref="GristmillOptions.KeyGroups"/>.</param>
    /// <param name="cancellationToken">Gives up, as long as the state is being loaded; the job goes on as it was.</param>
    /// <returns>How long the job stood, and why.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There can't be such a parallelism.</exception>
    /// <exception cref="InvalidOperationException">
    /// The job does not run, or its parallelism is being changed already; or the change failed. Then the job goes on as it
    /// was or has restarted from its newest checkpoint; nothing is lost or doubled.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public Task<RescaleResult> RescaleAsync(int parallelism, CancellationToken cancellationToken = default)
        => RescaleOnHostAsync(null, parallelism, cancellationToken);

    /// <summary>The same for one operator and those that take their parallelism from it.</summary>
    /// <param name="operatorName">The operator's name.</param>
    /// <param name="parallelism">Its new parallelism: 1 up to <see cref="GristmillOptions.KeyGroups"/>.</param>
    /// <param name="cancellationToken">Gives up, as long as the state is being loaded; the job goes on as it was.</param>
    /// <returns>How long the job stood, and why.</returns>
    /// <exception cref="ArgumentException">There is no such operator, or can't be such a parallelism.</exception>
    /// <exception cref="InvalidOperationException">As for the whole job.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public Task<RescaleResult> RescaleAsync(string operatorName, int parallelism, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(operatorName);
        return RescaleOnHostAsync(operatorName, parallelism, cancellationToken);
    }

    /// <summary>Takes a checkpoint and copies it into a savepoint, which is never collected; the job goes on meanwhile.</summary>
    /// <param name="name">The savepoint's name: one part of an object name.</param>
    /// <param name="to">The store it is to lie in; the job's own by default.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What names it.</returns>
    /// <exception cref="InvalidOperationException">The job does not run, or the checkpoint failed.</exception>
    /// <exception cref="ObjectExistsException">There is a savepoint of this name.</exception>
    /// <exception cref="CheckpointStoreException">A store failed.</exception>
    public async Task<ManifestReference> SavepointAsync(string name, ICheckpointStore? to = null, CancellationToken cancellationToken = default)
    {
        await RequireNewAsync(name, to, cancellationToken);
        await CheckpointAsync().WaitAsync(cancellationToken);
        return await NewestSavepoint.WriteAsync(_store, Name, to ?? _store, name, withStaged: false, cancellationToken);
    }

    /// <summary>Stops the job behind a last checkpoint and copies that into a savepoint.</summary>
    /// <param name="savepoint">The savepoint's name: one part of an object name.</param>
    /// <param name="to">The store it is to lie in; the job's own by default.</param>
    /// <param name="cancellationToken">Gives up waiting; the job stops all the same.</param>
    /// <returns>What names it.</returns>
    /// <exception cref="InvalidOperationException">The job did not stop behind a checkpoint.</exception>
    /// <exception cref="ObjectExistsException">There is a savepoint of this name; the job runs on.</exception>
    /// <exception cref="CheckpointStoreException">A store failed.</exception>
    public async Task<ManifestReference> StopAsync(string savepoint, ICheckpointStore? to = null, CancellationToken cancellationToken = default)
    {
        await RequireNewAsync(savepoint, to, cancellationToken);
        JobOutcome outcome = await StopAsync().WaitAsync(cancellationToken);
        return outcome.State is JobState.Stopped or JobState.Completed
            ? await NewestSavepoint.WriteAsync(_store, Name, to ?? _store, savepoint, withStaged: false, cancellationToken)
            : throw new InvalidOperationException($"Job '{Name}' ended as {outcome.State} instead of stopping, so there is no savepoint.", outcome.Error);
    }

    /// <summary>Looks up a key's state in an operator, live or as of the last complete checkpoint.</summary>
    /// <typeparam name="TKey">The operator's keys, or a narrower number.</typeparam>
    /// <typeparam name="TValue">The state's values: T of a <c>ValueState&lt;T&gt;</c>, a <c>List&lt;T&gt;</c> or <c>Dictionary&lt;K, V&gt;</c> of a list or map state, the accumulator of a window.</typeparam>
    /// <param name="state">The operator, and which of its states.</param>
    /// <param name="key">The key.</param>
    /// <param name="view">Live by default.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="StateQueryException">There is no such state, the types don't fit, or the job does not run and live state is asked for.</exception>
    public async Task<StateResult<TValue>> QueryStateAsync<TKey, TValue>(
        StateAddress state, TKey key, StateView view = StateView.Live, CancellationToken cancellationToken = default)
    {
        StateQuery query = StateQuery.Of(state, key, view);
        StateAnswer answer = view == StateView.LastCheckpoint
            ? await CheckpointedStates.QueryAsync(_store, _decoding, Name, query, cancellationToken)
            : await QueryLiveAsync(query).WaitAsync(cancellationToken);
        return answer.Decode<TValue>(state);
    }

    /// <summary>Stops the job behind a last checkpoint; started again, it goes on from there.</summary>
    public Task<JobOutcome> StopAsync() => End(_master.Stop);

    /// <summary>Reads nothing more, treats what was read as all there is (windows close, output is published), and completes.</summary>
    public Task<JobOutcome> DrainAsync() => End(_master.Drain);

    /// <summary>Ends the job at once, without a checkpoint.</summary>
    public Task<JobOutcome> CancelAsync() => End(_master.Cancel);

    /// <summary>Frees the job's threads. A job that still runs should be stopped or cancelled first.</summary>
    public void Dispose()
    {
        if (!Completion.IsCompleted && Volatile.Read(ref _started) != 0)
            _host.Post(_master.Cancel);
        _ = Completion.ContinueWith(_ => _host.Dispose(), TaskScheduler.Default);
        if (Volatile.Read(ref _started) == 0)
            _host.Dispose();
    }

    private async Task RequireNewAsync(string savepoint, ICheckpointStore? to, CancellationToken cancellationToken)
    {
        string manifest = Savepoint.ManifestName(Name, savepoint);
        if (await (to ?? _store).GetLengthAsync(manifest, cancellationToken) is not null)
            throw new ObjectExistsException(manifest, (to ?? _store).Description);
    }

    private Task<RescaleResult> RescaleOnHostAsync(string? operatorName, int parallelism, CancellationToken cancellationToken)
        => Completion.IsCompleted
            ? Task.FromException<RescaleResult>(new InvalidOperationException($"Job '{Name}' has ended."))
            : OnHostAsync(() => _master.RescaleAsync(operatorName, parallelism, cancellationToken));

    private async Task<StateAnswer> QueryLiveAsync(StateQuery query)
    {
        if (Completion.IsCompleted)
            throw new StateQueryException($"Job '{Name}' has ended; ask for its last checkpoint.");
        Task<StateAnswer> answer = OnHostAsync(() => _master.QueryAsync(query));
        await Task.WhenAny(answer, Completion);
        return answer.IsCompleted
            ? await answer
            : throw new StateQueryException($"Job '{Name}' has just ended; ask for its last checkpoint.");
    }

    /// <summary>Asks the job's master where its code runs.</summary>
    private Task<T> OnHostAsync<T>(Func<Task<T>> ask)
    {
        var answered = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Post(async () =>
        {
            try
            {
                answered.TrySetResult(await ask());
            }
            catch (Exception e) when (e is InvalidOperationException or StateQueryException or ArgumentException or OperationCanceledException)
            {
                answered.TrySetException(e);
            }
        });
        return answered.Task;
    }

    private Task<JobOutcome> End(Action how)
    {
        _host.Post(how);
        return Completion;
    }
}
