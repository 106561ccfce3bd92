using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>All the coordinator knows. Make the first with <see cref="Coordinator.Create"/>.</summary>
public sealed record CoordinatorState
{
    internal CoordinatorState()
    {
    }

    /// <summary>The generation it belongs to.</summary>
    public required Generation Generation { get; init; }

    /// <summary>What it was told at its start.</summary>
    public required CoordinatorOptions Options { get; init; }

    /// <summary>Where it is in its life.</summary>
    public CoordinatorPhase Phase { get; init; }

    /// <summary>The number the next checkpoint will get.</summary>
    public required CheckpointId NextId { get; init; }

    /// <summary>The newest checkpoint this generation has committed; before that, the one before its first.</summary>
    public required CheckpointId LastCommitted { get; init; }

    /// <summary>Checkpoints begun and neither applied nor aborted, oldest first.</summary>
    public ImmutableArray<OpenCheckpoint> Open { get; init; } = [];

    /// <summary>Subtasks that have reached the end of their input.</summary>
    public required IndexSet Ended { get; init; }

    /// <summary>Requests that no open checkpoint answers yet.</summary>
    public ImmutableArray<CheckpointRequest> Waiting { get; init; } = [];

    /// <summary>Whether a stop was asked for.</summary>
    public bool StopRequested { get; init; }

    /// <summary>Failed checkpoints since the last committed one.</summary>
    public int FailuresInARow { get; init; }

    /// <summary>The newest time seen; it does not run backwards.</summary>
    public long NowMs { get; init; }

    /// <summary>When the newest checkpoint began, or the coordinator was started.</summary>
    public long LastBegunMs { get; init; }

    /// <summary>How long after it the next periodic one is due, as long as that is less than an interval; null: it is one.</summary>
    public long? FirstGapsMs { get; init; }

    /// <summary>When a checkpoint last ended, well or badly.</summary>
    public long? LastEndedMs { get; init; }

    /// <summary>When the host was last asked to wake it.</summary>
    public long? WakeAtMs { get; init; }

    /// <summary>Whether the machine has reached its end.</summary>
    public bool IsOver => Phase is not (CoordinatorPhase.NotStarted or CoordinatorPhase.Running);
}

/// <summary>Where a coordinator is in its life.</summary>
public enum CoordinatorPhase
{
    /// <summary>Before <see cref="CoordinatorEvent.Started"/>.</summary>
    NotStarted = 0,

    /// <summary>Checkpoints may begin.</summary>
    Running,

    /// <summary>All input is read and all output published.</summary>
    Completed,

    /// <summary>Stopped on request, after a checkpoint.</summary>
    Stopped,

    /// <summary>Cancelled without a checkpoint.</summary>
    Cancelled,

    /// <summary>Failed; the next generation takes up from the head.</summary>
    Failed,

    /// <summary>A newer generation owns the job.</summary>
    Fenced,
}

/// <summary>A request not yet answered.</summary>
/// <param name="Kind">Manual or Stop.</param>
/// <param name="Id">The caller's own number for it.</param>
public readonly record struct CheckpointRequest(CheckpointKind Kind, long Id);

/// <summary>A checkpoint on its way.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Kind">Why it was started.</param>
/// <param name="Stage">How far it is.</param>
/// <param name="Acks">The subtasks that have acknowledged it.</param>
/// <param name="BegunMs">When its barriers were issued.</param>
/// <param name="Answers">The requests it will answer.</param>
public sealed record OpenCheckpoint(
    CheckpointId Id,
    CheckpointKind Kind,
    CheckpointStage Stage,
    IndexSet Acks,
    long BegunMs,
    ImmutableArray<CheckpointRequest> Answers)
{
    /// <summary>Whether it can still be aborted. Once the head may have moved, it cannot.</summary>
    public bool CanAbort => Stage < CheckpointStage.MovingHead;

    /// <summary>Whether nothing may be begun behind it.</summary>
    public bool IsLast => Kind is CheckpointKind.Stop or CheckpointKind.Final;
}

/// <summary>How far an open checkpoint is.</summary>
public enum CheckpointStage
{
    /// <summary>Acks are coming in.</summary>
    Acknowledging = 0,

    /// <summary>All acks are in; the manifest is being written.</summary>
    WritingManifest,

    /// <summary>The manifest is stored; it waits for its predecessor to be applied.</summary>
    ManifestWritten,

    /// <summary>The head is being moved. From here on it is too late to abort.</summary>
    MovingHead,

    /// <summary>Committed; its output is being published.</summary>
    Applying,
}
