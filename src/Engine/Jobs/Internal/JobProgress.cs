using Gristmill.Checkpoints;
using Gristmill.Runtime;

namespace Gristmill.Jobs;

/// <summary>What is known of a job from outside, over all its generations in this process.</summary>
internal sealed class JobProgress(string job)
{
    private readonly Lock _lock = new();
    private readonly List<CheckpointAttempt> _completed = [];
    private JobMetrics _metrics = new();
    private long _recordsBefore;
    private long _recordsOutBefore;
    private long _badBefore;
    private long _lateBefore;
    private int _completedCount;
    private int _abortedCount;
    private CompletedCheckpoint? _last;

    public JobState State
    {
        get;
        set
        {
            field = value;
            OnStateChanged?.Invoke(value);
        }
    }

    /// <summary>Told each change of the state, where the coordinator's code runs.</summary>
    public Action<JobState>? OnStateChanged { get; set; }

    /// <summary>Told each completed checkpoint, where the coordinator's code runs.</summary>
    public Action<CheckpointAttempt>? OnCompleted { get; set; }

    public long Generation { get; set; }

    /// <summary>The newest generation this process has taken, or may have; 0 before the first.</summary>
    public long NewestAsked { get; set; }

    public int Restarts { get; private set; }

    /// <summary>How long the running generation took from its start to its first step.</summary>
    public TimeSpan RestoredIn { get; set; }

    /// <summary>The parallelism of operators that don't say otherwise, in the running generation; 0 before the first.</summary>
    public int Parallelism { get; set; }

    /// <summary>The last change of parallelism; null: there was none in this process.</summary>
    public RescaleResult? LastRescale { get; set; }

    /// <summary>The running generation's counts.</summary>
    public JobMetrics Metrics => _metrics;

    public Func<long?>? Watermark { get; set; }

    /// <summary>How the copying to the second store fares; null if there is none.</summary>
    public CheckpointCopyStatus? Copy { get; set; }

    /// <summary>The newest completed attempts of this process, oldest first, at most 10,000.</summary>
    public IReadOnlyList<CheckpointAttempt> CompletedAttempts
    {
        get
        {
            lock (_lock)
                return [.. _completed];
        }
    }

    public int AbortedCount => Volatile.Read(ref _abortedCount);

    /// <summary>Records its sinks were given since this process began.</summary>
    public long RecordsOut
    {
        get
        {
            lock (_lock)
                return _recordsOutBefore + _metrics.TotalRecordsOut;
        }
    }

    /// <summary>Measures what checkpoints cost and chooses their interval.</summary>
    public CheckpointPace? Pace { get; init; }

    /// <summary>The next generation counts anew.</summary>
    /// <param name="isRestart">Whether it follows a failure, and not a change of parallelism.</param>
    public void Restarted(bool isRestart = true)
    {
        lock (_lock)
        {
            Restarts += isRestart ? 1 : 0;
            _recordsBefore += _metrics.TotalRecordsIn;
            _recordsOutBefore += _metrics.TotalRecordsOut;
            _badBefore += _metrics.TotalBadRecords;
            _lateBefore += _metrics.TotalLateDropped;
            _metrics = new JobMetrics();
        }
    }

    public void Completed(CheckpointAttempt attempt)
    {
        lock (_lock)
        {
            if (_completed.Count == 10_000)
                _completed.RemoveAt(0);
            _completed.Add(attempt);
            _completedCount++;
            _last = new CompletedCheckpoint(
                attempt.Checkpoint, TimeSpan.FromMilliseconds(attempt.DurationMs), attempt.Bytes, TimeSpan.FromMilliseconds(attempt.MaxPauseMs));
        }

        OnCompleted?.Invoke(attempt);
    }

    public void Aborted() => Interlocked.Increment(ref _abortedCount);

    public JobStatus Status()
    {
        lock (_lock)
        {
            return new JobStatus(
                job, State, Generation, _recordsBefore + _metrics.TotalRecordsIn, Watermark?.Invoke(), _completedCount, _last,
                _badBefore + _metrics.TotalBadRecords, _lateBefore + _metrics.TotalLateDropped, Restarts) { Interval = Pace?.Current, Parallelism = Parallelism, LastRescale = LastRescale };
        }
    }
}
