using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>
/// Lines barriers up at a subtask with several inputs, so that its snapshot holds every record in front of the barrier and,
/// in exactly-once mode, none behind it. What waits is the channel that <em>has</em> delivered its barrier. Called once a
/// barrier, not once a record. Channels deliver in order, so a barrier of n + 1 where n was due says that n is lost.
/// </summary>
public static partial class Alignment
{
    /// <summary>
    /// How many aborted checkpoints are remembered that no barrier has come of. Beyond it the oldest, and what is older,
    /// counts as done with: a bound on memory that costs at most a checkpoint.
    /// </summary>
    private const int MaxAbandoned = 64;

    /// <summary>The alignment of a subtask that starts from a checkpoint.</summary>
    /// <param name="mode">Whether channels are held.</param>
    /// <param name="channels">How many input channels there are, at least 1. (A source has none: <see cref="SourceBarriers"/>.)</param>
    /// <param name="lastUsed">The last checkpoint number used before this generation
    /// (<see cref="CoordinatorOptions.FirstCheckpoint"/> - 1).</param>
    public static AlignmentState Create(AlignmentMode mode, int channels, CheckpointId lastUsed)
    {
        Invariant.Holds(channels >= 1, "A subtask that aligns has at least one input channel.");
        return new AlignmentState
        {
            Mode = mode,
            Channels = channels,
            DoneUpTo = lastUsed,
            NewestSeen = lastUsed,
            Held = IndexSet.Empty(channels),
        };
    }

    /// <summary>A channel has delivered a barrier.</summary>
    public static AlignmentStep Arrive(AlignmentState state, int channel, CheckpointId checkpoint)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (!state.Held.Knows(channel)) return Ignore(state, IgnoreReason.UnknownIndex);
        if (state.Overtaken is { } overtaken && overtaken.Id == checkpoint) return ReachOvertaken(state, channel, overtaken);
        if (checkpoint <= state.DoneUpTo) return Ignore(state, IgnoreReason.Stale);

        var pending = state.Pending.FirstOrDefault(pending => pending.Id == checkpoint);
        if (pending.Id == CheckpointId.None && checkpoint < state.NewestSeen) return Ignore(state, IgnoreReason.Stale);
        if (pending.Arrived.Contains(channel)) return Ignore(state, IgnoreReason.Duplicate);

        var givenUp = RuledOutBy(state, channel, checkpoint);
        var next = Forget(state, givenUp) with { NewestSeen = Newer(state.NewestSeen, checkpoint) };
        if (next.Abandoned.Contains(checkpoint)) return Settle(next, givenUp, null, IgnoreReason.Abandoned);

        var arrived = (pending.Id == checkpoint ? pending.Arrived : IndexSet.Empty(state.Channels)).With(channel);
        return arrived.IsFull
            ? Settle(Done(next, checkpoint), givenUp, checkpoint, IgnoreReason.None)
            : Settle(Put(next, new PendingCheckpoint(checkpoint, arrived)), givenUp, null, IgnoreReason.None);
    }

    /// <summary>The coordinator has aborted a checkpoint: whoever waits for its barriers waits no longer.</summary>
    public static AlignmentStep Abandon(AlignmentState state, CheckpointId checkpoint)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Overtaken?.Id == checkpoint) return Settle(state with { Overtaken = null }, [], null, IgnoreReason.None);
        if (checkpoint <= state.DoneUpTo) return Ignore(state, IgnoreReason.Stale);
        if (state.Abandoned.Contains(checkpoint)) return Ignore(state, IgnoreReason.Abandoned);

        // Nothing of it has come and something newer has: its barriers will be stale anyway.
        var known = state.Pending.Any(pending => pending.Id == checkpoint);
        if (!known && checkpoint < state.NewestSeen) return Ignore(state, IgnoreReason.Stale);

        // Remembered, since its barriers may be still to come, and a half of them would hold their channels for good.
        var next = Forget(state, [checkpoint]) with { Abandoned = state.Abandoned.Add(checkpoint).Sort() };
        if (next.Abandoned.Length > MaxAbandoned) next = Done(next, next.Abandoned[0]);
        return Settle(next, [], null, IgnoreReason.None);
    }

    /// <summary>
    /// The checkpoints a barrier rules out. At least once: those still waiting for this channel, which has now gone past
    /// their place. Exactly once: every older one, so that a channel is held for one checkpoint only; but an overtaken one,
    /// which holds nothing, only if it still waits for this channel.
    /// </summary>
    private static ImmutableArray<CheckpointId> RuledOutBy(AlignmentState state, int channel, CheckpointId checkpoint) =>
    [
        .. state.Overtaken is { } overtaken && !overtaken.Arrived.Contains(channel) ? [overtaken.Id] : ImmutableArray<CheckpointId>.Empty,
        .. state.Pending
            .Where(older => older.Id < checkpoint
                && (state.Mode == AlignmentMode.ExactlyOnce || !older.Arrived.Contains(channel)))
            .Select(older => older.Id),
    ];

    private static AlignmentState Done(AlignmentState state, CheckpointId checkpoint) => state with
    {
        DoneUpTo = checkpoint,
        Pending = state.Pending.RemoveAll(pending => pending.Id <= checkpoint),
        Abandoned = state.Abandoned.RemoveAll(id => id <= checkpoint),
    };

    private static AlignmentState Forget(AlignmentState state, ImmutableArray<CheckpointId> ids) =>
        ids.IsEmpty ? state : state with
        {
            Pending = state.Pending.RemoveAll(pending => ids.Contains(pending.Id)),
            Overtaken = state.Overtaken is { } overtaken && ids.Contains(overtaken.Id) ? null : state.Overtaken,
        };

    private static AlignmentState Put(AlignmentState state, PendingCheckpoint changed) => state with
    {
        Pending =
        [
            .. state.Pending.Where(other => other.Id < changed.Id),
            changed,
            .. state.Pending.Where(other => other.Id > changed.Id),
        ],
    };

    private static CheckpointId Newer(CheckpointId one, CheckpointId other) => one > other ? one : other;

    private static AlignmentStep Ignore(AlignmentState state, IgnoreReason reason) => new(state, [], null, reason);

    /// <summary>Works out what is held, forgets what no longer matters, and checks what is believed.</summary>
    private static AlignmentStep Settle(
        AlignmentState state, ImmutableArray<CheckpointId> givenUp, CheckpointId? snapshot, IgnoreReason ignored)
    {
        var next = state with
        {
            Held = HeldBy(state),
            Abandoned = state.Abandoned.RemoveAll(id => id < state.NewestSeen),
        };
        CheckBeliefs(next);
        return new AlignmentStep(next, givenUp, snapshot, ignored);
    }

    private static IndexSet HeldBy(AlignmentState state)
    {
        if (state.Mode == AlignmentMode.AtLeastOnce || state.Pending.IsEmpty) return IndexSet.Empty(state.Channels);
        var arrived = state.Pending[0].Arrived;
        return (state.Faults & ProtocolFaults.AlignWrongSide) == 0 ? arrived : arrived.Complement();
    }

    private static void CheckBeliefs(AlignmentState state)
    {
        Invariant.Holds(
            state.Mode == AlignmentMode.AtLeastOnce || state.Pending.Length <= 1,
            "In exactly-once mode a subtask aligns one checkpoint at a time.");
        Invariant.Holds(
            state.Overtaken is not { } overtaken || (overtaken.Id <= state.DoneUpTo && !overtaken.Arrived.IsFull),
            "What is overtaken has its snapshot and waits for some barrier.");
        var previous = state.DoneUpTo;
        foreach (var pending in state.Pending)
        {
            Invariant.Holds(pending.Id > previous, "What is pending is not done with, and stands in order.");
            Invariant.Holds(!pending.Arrived.IsFull && !pending.Arrived.IsEmpty, "What is pending has some barriers, not all.");
            Invariant.Holds(pending.Id <= state.NewestSeen, "What is pending has been seen.");
            previous = pending.Id;
        }
    }
}
