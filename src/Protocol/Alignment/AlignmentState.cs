using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>What a subtask promises about records behind a barrier.</summary>
public enum AlignmentMode
{
    /// <summary>A channel that has delivered the barrier is held until all have, so a snapshot has no record behind it.</summary>
    ExactlyOnce = 0,

    /// <summary>Nothing is held; records behind the barrier may be in the snapshot and are then seen again after a restore.</summary>
    AtLeastOnce,
}

/// <summary>All a subtask knows about barriers on its inputs. Make the first with <see cref="Alignment.Create"/>.</summary>
public sealed record AlignmentState
{
    internal AlignmentState()
    {
    }

    /// <summary>Whether channels are held.</summary>
    public required AlignmentMode Mode { get; init; }

    /// <summary>How many input channels there are; they are numbered 0 to this - 1.</summary>
    public required int Channels { get; init; }

    /// <summary>The newest checkpoint that is done with here: snapshot taken or given up. Older ones are done with too.</summary>
    public required CheckpointId DoneUpTo { get; init; }

    /// <summary>
    /// The newest checkpoint of which a barrier has come, on whatever channel. That channel has gone past the place of all
    /// older ones, so an older one of which nothing is pending can never complete.
    /// </summary>
    public CheckpointId NewestSeen { get; init; }

    /// <summary>Checkpoints of which some barriers have come, oldest first; in exactly-once mode one at most.</summary>
    public ImmutableArray<PendingCheckpoint> Pending { get; init; } = [];

    /// <summary>The checkpoint whose snapshot was taken before all of its barriers had come, until they have; null: none is.</summary>
    public PendingCheckpoint? Overtaken { get; init; }

    /// <summary>Aborted before their barriers came: those will be ignored. In rising order.</summary>
    public ImmutableArray<CheckpointId> Abandoned { get; init; } = [];

    /// <summary>The channels that are not to be read now.</summary>
    public required IndexSet Held { get; init; }

    /// <summary>Mutants planted by a test.</summary>
    internal ProtocolFaults Faults { get; init; }

    /// <summary>Whether this channel is not to be read now.</summary>
    public bool IsHeld(int channel) => Held.Contains(channel);

    /// <summary>Whether records on this channel belong to <see cref="Overtaken"/>: they are still in front of its barrier.</summary>
    public bool IsInFlight(int channel) => Overtaken is { } overtaken
        && (!overtaken.Arrived.Contains(channel) || (Faults & ProtocolFaults.CopyBehindBarrier) != 0);
}

/// <summary>A checkpoint of which some barriers have come and some have not.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Arrived">The channels that have delivered its barrier.</param>
public readonly record struct PendingCheckpoint(CheckpointId Id, IndexSet Arrived);
