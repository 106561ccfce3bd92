using Gristmill.Checkpoints;

namespace Gristmill.Cli.History;

/// <summary>Where the time of an attempt went, along its slowest subtask: four parts that follow each other and add up to its duration.</summary>
/// <param name="Slowest">The subtask whose ack came last; null when none came.</param>
/// <param name="BarrierMs">From the trigger until the subtask's first barrier: what was queued before it, and the subtasks ahead.</param>
/// <param name="AlignMs">From its first barrier to its last.</param>
/// <param name="SnapshotMs">From its last barrier until all its blocks were handed over, the pause included.</param>
/// <param name="StoreMs">After the last ack: files made durable, output staged, manifest written, head moved; or waiting for what did not come.</param>
/// <param name="IsComplete">Whether the attempt made a checkpoint.</param>
internal sealed record Breakdown(SubtaskAttempt? Slowest, double BarrierMs, double AlignMs, double SnapshotMs, double StoreMs, bool IsComplete)
{
    /// <summary>The part that took the longest.</summary>
    public SlowPart Cause
    {
        get
        {
            if (Slowest is null)
                return SlowPart.Unknown;
            double most = new[] { BarrierMs, AlignMs, SnapshotMs, StoreMs }.Max();
            if (most == StoreMs)
                return IsComplete ? SlowPart.Store : SlowPart.Missing;
            return most == SnapshotMs ? SlowPart.Snapshot : most == AlignMs ? SlowPart.Alignment : SlowPart.Barrier;
        }
    }

    /// <summary>Takes an attempt apart.</summary>
    public static Breakdown Of(CheckpointAttempt attempt)
    {
        bool isComplete = attempt.Outcome == CheckpointOutcome.Completed;
        SubtaskAttempt? slowest = attempt.PerSubtask.MaxBy(subtask => subtask.AckMs);
        return slowest is null
            ? new Breakdown(null, 0, 0, 0, 0, isComplete)
            : new Breakdown(
                slowest,
                Math.Max(0, slowest.AckMs - slowest.AlignMs - slowest.SnapshotMs),
                slowest.AlignMs,
                slowest.SnapshotMs,
                Math.Max(0, attempt.DurationMs - slowest.AckMs),
                isComplete);
    }
}

/// <summary>What an attempt spent most of its time on.</summary>
internal enum SlowPart
{
    /// <summary>No subtask was through, so that nothing is known.</summary>
    Unknown,

    /// <summary>The barrier's way to the slowest subtask.</summary>
    Barrier,

    /// <summary>The slowest subtask's wait for the barriers of its other inputs.</summary>
    Alignment,

    /// <summary>Writing the slowest subtask's state.</summary>
    Snapshot,

    /// <summary>The store, after all subtasks were through.</summary>
    Store,

    /// <summary>What never came: the attempt was given up, and its reason says what was missing.</summary>
    Missing,
}
