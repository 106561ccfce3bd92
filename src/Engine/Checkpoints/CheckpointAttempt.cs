using System.Text.Json.Serialization;
using Gristmill.Protocol;

namespace Gristmill.Checkpoints;

/// <summary>One attempt at a checkpoint, whatever became of it: a line of the history.</summary>
public sealed record CheckpointAttempt
{
    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>The checkpoint's number.</summary>
    public required long Checkpoint { get; init; }

    /// <summary>The generation that tried.</summary>
    public required long Generation { get; init; }

    /// <summary>Why it was tried.</summary>
    public required CheckpointKind Kind { get; init; }

    /// <summary>What became of it.</summary>
    public required CheckpointOutcome Outcome { get; init; }

    /// <summary>Why it did not complete; null when it did.</summary>
    public string? Reason { get; init; }

    /// <summary>When it was triggered.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>From trigger to the moved head, or to the end of the attempt.</summary>
    public double DurationMs { get; init; }

    /// <summary>Bytes written.</summary>
    public long Bytes { get; init; }

    /// <summary>Whether some subtask took its snapshot before all barriers had come to it.</summary>
    public bool Unaligned { get; init; }

    /// <summary>Those of <see cref="Bytes"/> that are records in flight.</summary>
    public long InFlightBytes { get; init; }

    /// <summary>The longest any subtask stood still.</summary>
    public double MaxPauseMs { get; init; }

    /// <summary>The subtask whose ack came last, as "operator#index"; null when none came.</summary>
    public string? SlowestSubtask { get; init; }

    /// <summary>When that ack came, counted from the trigger.</summary>
    public double SlowestMs { get; init; }

    /// <summary>The longest alignment of any subtask.</summary>
    public double AlignmentMs { get; init; }

    /// <summary>The change of parallelism behind which this is the first complete checkpoint; null: there was none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RescaleLine? Rescale { get; init; }

    /// <summary>The subtasks one by one.</summary>
    public IReadOnlyList<SubtaskAttempt> PerSubtask { get; init; } = [];
}

/// <summary>What became of an attempt at a checkpoint.</summary>
public enum CheckpointOutcome
{
    /// <summary>The head names it.</summary>
    Completed,

    /// <summary>Given up, for example after its timeout; the job went on.</summary>
    Aborted,

    /// <summary>Something broke.</summary>
    Failed,
}

/// <summary>One subtask's part in an attempt.</summary>
public sealed record SubtaskAttempt
{
    /// <summary>The operator's name.</summary>
    public required string Operator { get; init; }

    /// <summary>The parallel instance.</summary>
    public required int Subtask { get; init; }

    /// <summary>Bytes it wrote.</summary>
    public long Bytes { get; init; }

    /// <summary>Whether it took its snapshot before all barriers had come.</summary>
    public bool Unaligned { get; init; }

    /// <summary>Those of <see cref="Bytes"/> that are records in flight to it.</summary>
    public long InFlightBytes { get; init; }

    /// <summary>How long it stood still at the barrier.</summary>
    public double PauseMs { get; init; }

    /// <summary>From its first barrier to its last, or to when it waited no longer.</summary>
    public double AlignMs { get; init; }

    /// <summary>From its last barrier to its last block written.</summary>
    public double SnapshotMs { get; init; }

    /// <summary>When its ack came, counted from the trigger.</summary>
    public double AckMs { get; init; }
}
