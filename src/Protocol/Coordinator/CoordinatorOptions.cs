namespace Gristmill.Protocol;

/// <summary>What the coordinator of one generation is told once, at its start. Times are milliseconds.</summary>
public sealed record CoordinatorOptions
{
    /// <summary>How many subtasks take part; they are numbered 0 to this - 1. At least 1.</summary>
    public required int Subtasks { get; init; }

    /// <summary>
    /// The number of the first checkpoint. One more than the newest the head names, even if an older one was restored:
    /// sinks skip the numbers they have already applied.
    /// </summary>
    public required CheckpointId FirstCheckpoint { get; init; }

    /// <summary>Whether checkpoints start by themselves. Off: only on request, and the final one. Default on.</summary>
    public bool Periodic { get; init; } = true;

    /// <summary>From the start of one checkpoint to the start of the next periodic one. At least 1; default 10 s.</summary>
    public long IntervalMs { get; init; } = 10_000;

    /// <summary>
    /// From the start to the first periodic checkpoint, where that is to come sooner than an interval; from there on the time
    /// from one to the next doubles until it is one. 1 up to <see cref="IntervalMs"/>; default null: an interval from the start.
    /// </summary>
    public long? FirstAfterMs { get; init; }

    /// <summary>Rest between the end of a checkpoint, good or bad, and the next periodic one or retry. Default 0.</summary>
    public long MinimumPauseMs { get; init; }

    /// <summary>A checkpoint that has not its acks and its manifest after this is aborted. At least 1; default 10 min.</summary>
    public long TimeoutMs { get; init; } = 600_000;

    /// <summary>How many checkpoints may be open (begun, and neither applied nor aborted) at once. At least 1; default 1.</summary>
    public int MaxConcurrent { get; init; } = 1;

    /// <summary>How many checkpoints in a row may fail before the job does. Default 3.</summary>
    public int ToleratedFailures { get; init; } = 3;

    /// <summary>Mutants planted by a test.</summary>
    internal ProtocolFaults Faults { get; init; }

    internal void Check()
    {
        Invariant.Holds(Subtasks >= 1, "A job has at least one subtask.");
        Invariant.Holds(FirstCheckpoint > CheckpointId.None, "The first checkpoint's number is at least 1.");
        Invariant.Holds(IntervalMs >= 1, "The checkpoint interval is at least 1 ms.");
        Invariant.Holds(FirstAfterMs is null || (FirstAfterMs >= 1 && FirstAfterMs <= IntervalMs), "The first checkpoint comes within an interval.");
        Invariant.Holds(MinimumPauseMs >= 0, "The minimum pause is not negative.");
        Invariant.Holds(TimeoutMs >= 1, "The checkpoint timeout is at least 1 ms.");
        Invariant.Holds(MaxConcurrent >= 1, "At least one checkpoint may be open.");
        Invariant.Holds(ToleratedFailures >= 0, "The number of tolerated failures is not negative.");
    }
}
