using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>
/// What the subtask does now, in this order: tell the coordinator what is given up, freeze its state if a snapshot is due
/// and forward the barrier, and only then read on, from every channel that <see cref="AlignmentState.Held"/> does not hold.
/// </summary>
/// <param name="State">The state from now on; its <see cref="AlignmentState.Held"/> is what is held from now on.</param>
/// <param name="GivenUp">Checkpoints this subtask can no longer contribute to, because a barrier of theirs is lost or they
/// were overtaken: decline them (<see cref="CoordinatorEvent.Declined"/>). The coordinator mostly knows already.</param>
/// <param name="Snapshot">Freeze the state for this checkpoint and forward the barrier: all of its barriers have come, or it
/// is overtaken. Null: not now.</param>
/// <param name="Ignored">Why the event changed nothing.</param>
public readonly record struct AlignmentStep(
    AlignmentState State,
    ImmutableArray<CheckpointId> GivenUp,
    CheckpointId? Snapshot,
    IgnoreReason Ignored)
{
    /// <summary>The barriers of this overtaken checkpoint have all come: the copy of what was in flight is complete. Null: not now.</summary>
    public CheckpointId? Copied { get; init; }
}
