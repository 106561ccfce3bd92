namespace Gristmill.Jobs;

/// <summary>Where a change of parallelism stands.</summary>
internal enum RescaleStage
{
    /// <summary>The old generation runs, and the state is loaded for the new one. Ends without a trace if it fails.</summary>
    Preparing = 0,

    /// <summary>The old generation's last barrier is wanted, or under way.</summary>
    Stopping,

    /// <summary>The old generation has ended behind its last checkpoint, the new one starts.</summary>
    Starting,

    /// <summary>The new generation runs. It was not asked for its first record yet.</summary>
    Begun,
}

/// <summary>A change of parallelism that somebody waits for.</summary>
/// <param name="operatorName">The operator; null: the job.</param>
/// <param name="from">Its parallelism.</param>
/// <param name="to">What it is to be.</param>
/// <param name="scale">The scale of the new generation.</param>
/// <param name="time">The host's clock.</param>
internal sealed class RescaleAttempt(string? operatorName, int from, int to, JobScale scale, TimeProvider time) : IDisposable
{
    private readonly TaskCompletionSource<RescaleResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _asked = time.GetTimestamp();
    private long _barrierAt;
    private long _checkpointAt;
    private long _closedAt;
    private long _begunAt;
    private DateTimeOffset _begunUtc;

    public string? Operator => operatorName;

    public int From => from;

    public int To => to;

    public JobScale Scale => scale;

    public RescaleStage Stage { get; private set; }

    /// <summary>Told when the new generation has begun.</summary>
    public Action? OnBegun { get; init; }

    /// <summary>The state for the new generation; null: it reads all of it.</summary>
    public PreparedState? Prepared { get; set; }

    public Task<RescaleResult> Answer => _answer.Task;

    /// <summary>For the log: what was asked for.</summary>
    public string What => operatorName is null ? $"parallelism {to}" : $"parallelism {to} of '{operatorName}'";

    public void Stopping() => Stage = RescaleStage.Stopping;

    /// <summary>The sources are told to put the last barrier behind what they have read. Told again, it counts from the last time.</summary>
    public void BarrierIssued() => _barrierAt = time.GetTimestamp();

    public void CheckpointComplete() => _checkpointAt = time.GetTimestamp();

    public void OldClosed()
    {
        Stage = RescaleStage.Starting;
        _closedAt = time.GetTimestamp();
    }

    public void Begun()
    {
        Stage = RescaleStage.Begun;
        _begunAt = time.GetTimestamp();
        _begunUtc = time.GetUtcNow();
        OnBegun?.Invoke();
    }

    /// <summary>What it has cost.</summary>
    /// <param name="generation">The new generation.</param>
    /// <param name="checkpoint">What it goes on from.</param>
    /// <param name="firstRecordAt">A timestamp; null: there is none to be read.</param>
    public RescaleResult Describe(long generation, long checkpoint, long? firstRecordAt)
        => new(operatorName, from, to, generation, checkpoint, time.GetElapsedTime(_barrierAt, firstRecordAt ?? _begunAt))
        {
            At = _begunUtc,
            HadInput = firstRecordAt is not null,
            Preparation = time.GetElapsedTime(_asked, _barrierAt),
            LastCheckpoint = time.GetElapsedTime(_barrierAt, _checkpointAt),
            Closing = time.GetElapsedTime(_checkpointAt, _closedAt),
            Restoring = time.GetElapsedTime(_closedAt, _begunAt),
        };

    public void Succeed(RescaleResult result) => _answer.TrySetResult(result);

    public void Fail(string job, string why, Exception? cause = null)
        => _answer.TrySetException(new InvalidOperationException(
            Stage == RescaleStage.Begun ? $"Job '{job}' has {What} now, but has ended before its first record: {why}" : $"Job '{job}': {What} will not be, it stays as it was: {why}", cause));

    public void Dispose()
    {
        Prepared?.Dispose();
        Prepared = null;
    }
}
