namespace Gristmill.Protocol;

/// <summary>Something the host must do, in the order given. It answers with the event named.</summary>
public abstract record CoordinatorAction
{
    private protected CoordinatorAction()
    {
    }

    /// <summary>
    /// Tell every source to inject a barrier. May be sent again at will: sources drop doubles
    /// (<see cref="SourceBarriers"/>).
    /// </summary>
    public sealed record IssueBarriers(CheckpointId Checkpoint, CheckpointKind Kind) : CoordinatorAction;

    /// <summary>
    /// Store the manifest, create-only, under a name no other generation uses.
    /// Answer: <see cref="CoordinatorEvent.ManifestWritten"/> or <see cref="CoordinatorEvent.ManifestFailed"/>.
    /// </summary>
    public sealed record WriteManifest(CheckpointId Checkpoint) : CoordinatorAction;

    /// <summary>
    /// Compare-and-swap the head to this checkpoint (<see cref="Fence.Commit"/>). Answer:
    /// <see cref="CoordinatorEvent.HeadMoved"/>, <see cref="CoordinatorEvent.HeadLost"/> or
    /// <see cref="CoordinatorEvent.HeadUnknown"/>.
    /// </summary>
    public sealed record MoveHead(CheckpointId Checkpoint) : CoordinatorAction;

    /// <summary>
    /// The checkpoint is committed: have sinks publish everything its manifest says is staged, tell sources and subtasks.
    /// Answer: <see cref="CoordinatorEvent.Applied"/> or <see cref="CoordinatorEvent.ApplyFailed"/>.
    /// </summary>
    public sealed record Apply(CheckpointId Checkpoint) : CoordinatorAction;

    /// <summary>
    /// Tell every subtask that this checkpoint will not be committed, and make sure that each hears it: a subtask that
    /// waits for a lost barrier holds a channel until it does. What was staged for the epoch stays staged and goes
    /// into the next checkpoint.
    /// </summary>
    public sealed record AbortCheckpoint(CheckpointId Checkpoint, AbortReason Reason, string Detail) : CoordinatorAction;

    /// <summary>A retention pass is worth its while now (<see cref="Retention"/>).</summary>
    public sealed record Collect : CoordinatorAction;

    /// <summary>This checkpoint answers the request.</summary>
    public sealed record CompleteRequest(long RequestId, CheckpointId Checkpoint) : CoordinatorAction;

    /// <summary>The request will not be met.</summary>
    public sealed record FailRequest(long RequestId, string Reason) : CoordinatorAction;

    /// <summary>End this generation as failed; a restart policy decides what comes next. Last action of the machine.</summary>
    public sealed record FailJob(FailReason Reason, string Detail) : CoordinatorAction;

    /// <summary>A newer generation owns the job: end quietly, restart nothing. Last action of the machine.</summary>
    public sealed record StopFenced : CoordinatorAction;

    /// <summary>All input is read and all output published. Last action of the machine.</summary>
    public sealed record CompleteJob(CheckpointId Checkpoint) : CoordinatorAction;

    /// <summary>
    /// The job stands still: after the checkpoint of its stop, or cancelled without one (null). Last action of the machine.
    /// </summary>
    public sealed record Stopped(CheckpointId? Checkpoint) : CoordinatorAction;

    /// <summary>Send a <see cref="CoordinatorEvent.Tick"/> at this time; replaces what was asked before.</summary>
    public sealed record WakeAt(long NowMs) : CoordinatorAction;
}

/// <summary>Why a checkpoint was aborted.</summary>
public enum AbortReason
{
    /// <summary>It took longer than the timeout.</summary>
    TimedOut = 0,

    /// <summary>A newer one was ready first. Not a failure.</summary>
    Subsumed,

    /// <summary>A subtask could not contribute.</summary>
    Declined,

    /// <summary>Its manifest could not be stored.</summary>
    ManifestFailed,

    /// <summary>The generation ended before it.</summary>
    GenerationEnded,
}

/// <summary>Why the coordinator failed the job.</summary>
public enum FailReason
{
    /// <summary>Something of the job failed.</summary>
    JobFailed = 0,

    /// <summary>More checkpoints in a row failed than are tolerated.</summary>
    TooManyFailures,

    /// <summary>Nobody knows whether the head moved; the next generation reads it and settles it.</summary>
    HeadUnknown,

    /// <summary>Committed output could not be published; the next generation publishes it from the manifest.</summary>
    ApplyFailed,
}
