namespace Gristmill.Protocol;

/// <content>
/// Snapshots that do not wait for the barriers. The barrier keeps its place in each channel; the subtask takes its snapshot
/// early, and the records that are still in front of the barrier are copied into it, channel by channel, until the
/// barrier is met there. So what a snapshot is of does not depend on whether anybody overtook anything.
/// </content>
public static partial class Alignment
{
    /// <summary>
    /// The subtask will wait no longer for the barriers of a checkpoint. If the step says so, it takes its snapshot now, reads
    /// on from every channel, and copies into the snapshot what it meets on those that are
    /// <see cref="AlignmentState.IsInFlight"/>. A barrier counts as come (<see cref="Arrive"/>) once it is met, whether
    /// what is in front of it has been processed or only copied.
    /// </summary>
    public static AlignmentStep Overtake(AlignmentState state, CheckpointId checkpoint)
    {
        ArgumentNullException.ThrowIfNull(state);
        Invariant.Holds(state.Mode == AlignmentMode.ExactlyOnce, "Where nothing is held, nothing is overtaken.");
        if (checkpoint <= state.DoneUpTo) return Ignore(state, IgnoreReason.Stale);
        if (state.Abandoned.Contains(checkpoint)) return Ignore(state, IgnoreReason.Abandoned);

        // One at a time: two would copy the same records twice, and the older one's barriers come first anyway.
        if (state.Overtaken is not null) return Ignore(state, IgnoreReason.Busy);

        // A channel that has delivered something newer has gone past the place where this one's records end.
        var pending = state.Pending.FirstOrDefault(pending => pending.Id == checkpoint);
        if (pending.Id == CheckpointId.None && checkpoint < state.NewestSeen) return Ignore(state, IgnoreReason.Stale);

        var arrived = pending.Id == checkpoint ? pending.Arrived : IndexSet.Empty(state.Channels);
        var givenUp = state.Pending.RemoveAll(older => older.Id >= checkpoint).Select(older => older.Id);
        var next = Done(state, checkpoint) with { NewestSeen = Newer(state.NewestSeen, checkpoint) };
        if ((state.Faults & ProtocolFaults.ForgetInFlight) != 0)
            return Settle(next, [.. givenUp], checkpoint, IgnoreReason.None) with { Copied = checkpoint };
        return Settle(next with { Overtaken = new PendingCheckpoint(checkpoint, arrived) }, [.. givenUp], checkpoint, IgnoreReason.None);
    }

    private static AlignmentStep ReachOvertaken(AlignmentState state, int channel, PendingCheckpoint overtaken)
    {
        if (overtaken.Arrived.Contains(channel)) return Ignore(state, IgnoreReason.Duplicate);
        var arrived = overtaken.Arrived.With(channel);
        return arrived.IsFull
            ? Settle(state with { Overtaken = null }, [], null, IgnoreReason.None) with { Copied = overtaken.Id }
            : Settle(state with { Overtaken = overtaken with { Arrived = arrived } }, [], null, IgnoreReason.None);
    }
}
