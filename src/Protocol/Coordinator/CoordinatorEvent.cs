namespace Gristmill.Protocol;

/// <summary>
/// Something the coordinator learns. Messages of subtasks carry the generation they belong to; answers to the
/// coordinator's own actions do not, because the host that carried the action out is the one that answers.
/// </summary>
public abstract record CoordinatorEvent
{
    private protected CoordinatorEvent()
    {
    }

    /// <summary>All subtasks run; checkpoints may begin.</summary>
    public sealed record Started : CoordinatorEvent;

    /// <summary>Time has passed. Any number of ticks at any time is right; too few make checkpoints late.</summary>
    public sealed record Tick : CoordinatorEvent;

    /// <summary>
    /// Somebody asks for a checkpoint (<see cref="CheckpointKind.Manual"/>) or for the job's stop
    /// (<see cref="CheckpointKind.Stop"/>). It is answered once, by <see cref="CoordinatorAction.CompleteRequest"/> or
    /// <see cref="CoordinatorAction.FailRequest"/>.
    /// </summary>
    public sealed record Requested(CheckpointKind Kind, long RequestId) : CoordinatorEvent;

    /// <summary>A subtask's snapshot is durable. Its handles count only if the step was not ignored.</summary>
    public sealed record Ack(Generation Generation, CheckpointId Checkpoint, int Subtask) : CoordinatorEvent;

    /// <summary>A subtask cannot contribute to a checkpoint.</summary>
    public sealed record Declined(Generation Generation, CheckpointId Checkpoint, int Subtask, string Reason) : CoordinatorEvent;

    /// <summary>
    /// A subtask has reached the end of all its input. It goes on passing barriers and acknowledging. A source that only
    /// stands still behind the barrier of a stop has not reached its end. No timeout makes up for a lost one: over a
    /// transport that can lose it, it is said again until the generation ends.
    /// </summary>
    public sealed record SubtaskEnded(Generation Generation, int Subtask) : CoordinatorEvent;

    /// <summary>The manifest is stored.</summary>
    public sealed record ManifestWritten(CheckpointId Checkpoint) : CoordinatorEvent;

    /// <summary>The manifest is not stored, or nobody knows.</summary>
    public sealed record ManifestFailed(CheckpointId Checkpoint, string Reason) : CoordinatorEvent;

    /// <summary>The head names this checkpoint: it is committed.</summary>
    public sealed record HeadMoved(CheckpointId Checkpoint) : CoordinatorEvent;

    /// <summary>The head belongs to a newer generation.</summary>
    public sealed record HeadLost(CheckpointId Checkpoint) : CoordinatorEvent;

    /// <summary>Nobody knows whether the head has moved, and it may still move.</summary>
    public sealed record HeadUnknown(CheckpointId Checkpoint, string Reason) : CoordinatorEvent;

    /// <summary>All sinks have published the checkpoint's output.</summary>
    public sealed record Applied(CheckpointId Checkpoint) : CoordinatorEvent;

    /// <summary>Some output of the committed checkpoint is not published, or nobody knows.</summary>
    public sealed record ApplyFailed(CheckpointId Checkpoint, string Reason) : CoordinatorEvent;

    /// <summary>From now on periodic checkpoints begin at another interval, in milliseconds; at least 1.</summary>
    public sealed record IntervalChanged(long IntervalMs) : CoordinatorEvent;

    /// <summary>Something of the job has failed.</summary>
    public sealed record Failed(string Reason) : CoordinatorEvent;

    /// <summary>The job is to end at once, without a checkpoint.</summary>
    public sealed record Cancelled : CoordinatorEvent;
}
