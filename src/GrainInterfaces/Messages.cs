namespace Gristmill.GrainInterfaces;

/// <summary>What a subtask is made from.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.SubtaskSetup")]
public sealed record SubtaskSetup
{
    /// <summary>The job.</summary>
    [Id(0)]
    public required string Job { get; init; }

    /// <summary>The generation.</summary>
    [Id(1)]
    public required long Generation { get; init; }

    /// <summary>The subtask's number among all of the job.</summary>
    [Id(2)]
    public required int Number { get; init; }

    /// <summary>The number of the first checkpoint the generation can take.</summary>
    [Id(3)]
    public required long FirstCheckpoint { get; init; }

    /// <summary>A digest of the job as the coordinator's silo knows it; a silo that knows it otherwise refuses.</summary>
    [Id(4)]
    public required string Plan { get; init; }

    /// <summary>The splits a source reads, at their positions.</summary>
    [Id(5)]
    public required IReadOnlyList<SplitPosition> Splits { get; init; }

    /// <summary>The checkpoint to go on from; null: none.</summary>
    [Id(6)]
    public ManifestName? Restored { get; init; }

    /// <summary>What tells the job's epochs from those of the job started anew.</summary>
    [Id(7)]
    public required string Lineage { get; init; }
}

/// <summary>How far a subtask is with its restore.</summary>
/// <param name="Silo">The silo it is on.</param>
/// <param name="State">How far it is.</param>
/// <param name="Detail">Why it can't be; null if it can.</param>
[GenerateSerializer, Immutable]
[Alias("Gristmill.Preparation")]
public sealed record Preparation([property: Id(0)] SiloAddress Silo, [property: Id(1)] PreparationState State, [property: Id(2)] string? Detail);

/// <summary>States of a restore.</summary>
[GenerateSerializer]
public enum PreparationState
{
    /// <summary>It is under way: ask again.</summary>
    UnderWay = 0,

    /// <summary>The subtask is ready to begin.</summary>
    Done,

    /// <summary>The silo knows the job otherwise than the coordinator, or not at all.</summary>
    OtherVersion,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>It failed, and would again.</summary>
    FailedForGood,
}

/// <summary>A split of a source and where in it to go on.</summary>
/// <param name="Id">The split's id.</param>
/// <param name="Position">The position, in the codec of the source's position type.</param>
/// <param name="Ended">Whether it is read to its end.</param>
[GenerateSerializer, Immutable]
[Alias("Gristmill.SplitPosition")]
public sealed record SplitPosition([property: Id(0)] string Id, [property: Id(1)] byte[] Position, [property: Id(2)] bool Ended);

/// <summary>What names a checkpoint's manifest.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.ManifestName")]
public sealed record ManifestName(
    [property: Id(0)] long Checkpoint, [property: Id(1)] long Generation, [property: Id(2)] string Name, [property: Id(3)] string Hash);

/// <summary>What the coordinator tells a subtask.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Checkpoint">The checkpoint it is about; 0 for none.</param>
/// <param name="CheckpointKind">For a trigger: the protocol's kind of checkpoint.</param>
[GenerateSerializer, Immutable]
[Alias("Gristmill.NodeCommand")]
public sealed record NodeCommand([property: Id(0)] NodeCommandKind Kind, [property: Id(1)] long Checkpoint, [property: Id(2)] int CheckpointKind);

/// <summary>Kinds of commands.</summary>
[GenerateSerializer]
public enum NodeCommandKind
{
    /// <summary>To sources: put a barrier into the outputs.</summary>
    Trigger = 0,

    /// <summary>The checkpoint will not be.</summary>
    Abort,

    /// <summary>The checkpoint is committed.</summary>
    Committed,

    /// <summary>To sources: read nothing more.</summary>
    Drain,
}

/// <summary>An epoch as it is issued on the stream of a generation: the barrier that ends it is to be injected.</summary>
/// <param name="Generation">The generation that issues it.</param>
/// <param name="Checkpoint">The checkpoint's number.</param>
/// <param name="CheckpointKind">The protocol's kind of checkpoint.</param>
[GenerateSerializer, Immutable]
[Alias("Gristmill.EpochMessage")]
public sealed record EpochMessage([property: Id(0)] long Generation, [property: Id(1)] long Checkpoint, [property: Id(2)] int CheckpointKind);

/// <summary>Messages of one channel, in order.</summary>
/// <param name="Channel">Which of the generation's channels.</param>
/// <param name="Sequence">The number of these messages among all calls for the channel, from 1 on: what comes twice is dropped.</param>
/// <param name="Payload">The messages as the channel encodes them; empty: nothing more, only a question for room.</param>
[GenerateSerializer, Immutable]
[Alias("Gristmill.ChannelMessages")]
public sealed record ChannelMessages([property: Id(0)] ChannelKey Channel, [property: Id(1)] long Sequence, [property: Id(2)] byte[] Payload);

/// <summary>Says that a barrier which may overtake is in a channel, behind all that was sent there before it.</summary>
/// <param name="Channel">Which of the generation's channels.</param>
/// <param name="Checkpoint">The barrier's number.</param>
/// <param name="SinceMs">When the first barrier of the checkpoint set out, in milliseconds since 1970.</param>
/// <param name="Sequence">The number of the messages the barrier is in.</param>
[GenerateSerializer, Immutable]
[Alias("Gristmill.BarrierNotice")]
public sealed record BarrierNotice(
    [property: Id(0)] ChannelKey Channel, [property: Id(1)] long Checkpoint, [property: Id(2)] long SinceMs, [property: Id(3)] long Sequence);

/// <summary>A channel between two subtasks.</summary>
/// <param name="Exchange">The exchange's number.</param>
/// <param name="From">The index of the sending subtask.</param>
/// <param name="To">The index of the receiving subtask.</param>
[GenerateSerializer, Immutable]
[Alias("Gristmill.ChannelKey")]
public readonly record struct ChannelKey([property: Id(0)] int Exchange, [property: Id(1)] int From, [property: Id(2)] int To);

/// <summary>What became of messages.</summary>
[GenerateSerializer]
public enum Delivery
{
    /// <summary>They are in the channel, now or since an earlier call.</summary>
    Taken = 0,

    /// <summary>There was no room for long: send them again.</summary>
    NoRoom,

    /// <summary>The subtask does not live here any more: its generation is over.</summary>
    Gone,

    /// <summary>They are in the channel, which has no room: they were let in because a barrier overtakes them.</summary>
    TakenBeyondRoom,
}

/// <summary>How a subtask fares.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.SubtaskPulse")]
public sealed record SubtaskPulse
{
    /// <summary>Whether it was prepared here and is not closed; if not, its generation can't go on.</summary>
    [Id(0)]
    public required bool IsAlive { get; init; }

    /// <summary>The event time it has reached; null before the first.</summary>
    [Id(1)]
    public long? Watermark { get; init; }

    /// <summary>The newest checkpoint whose trigger it has heard of.</summary>
    [Id(2)]
    public long Triggered { get; init; }

    /// <summary>Records its source has read.</summary>
    [Id(3)]
    public long RecordsIn { get; init; }

    /// <summary>Records its sinks were given.</summary>
    [Id(4)]
    public long RecordsOut { get; init; }

    /// <summary>Bad records met.</summary>
    [Id(5)]
    public long BadRecords { get; init; }

    /// <summary>Late records dropped.</summary>
    [Id(6)]
    public long LateDropped { get; init; }

    /// <summary>Whether it has failed; its report says why.</summary>
    [Id(7)]
    public bool HasFailed { get; init; }

    /// <summary>The silo that answers.</summary>
    [Id(8)]
    public SiloAddress? Silo { get; init; }
}

/// <summary>What a subtask tells the coordinator.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.NodeReport")]
public sealed record NodeReport
{
    /// <summary>The generation the subtask is of.</summary>
    [Id(0)]
    public required long Generation { get; init; }

    /// <summary>The subtask's number.</summary>
    [Id(1)]
    public required int Number { get; init; }

    /// <summary>The report's number among the subtask's, from 1 on: what comes twice is dropped.</summary>
    [Id(2)]
    public required long Sequence { get; init; }

    /// <summary>What it is about.</summary>
    [Id(3)]
    public required NodeReportKind Kind { get; init; }

    /// <summary>The checkpoint it is about; 0 for none.</summary>
    [Id(4)]
    public long Checkpoint { get; init; }

    /// <summary>What went wrong.</summary>
    [Id(5)]
    public string? Detail { get; init; }

    /// <summary>Whether the job may be restarted after a failure.</summary>
    [Id(6)]
    public bool MayRestart { get; init; }

    /// <summary>The blocks of the subtask's file, as JSON of the manifest.</summary>
    [Id(7)]
    public byte[]? Blocks { get; init; }

    /// <summary>What its sinks staged.</summary>
    [Id(8)]
    public IReadOnlyList<StagedBlock> Staged { get; init; } = [];

    /// <summary>Bytes, and milliseconds of alignment, pause and snapshot.</summary>
    [Id(9)]
    public CheckpointCost? Cost { get; init; }

    /// <summary>Whether it failed because a subtask on another silo can't be reached.</summary>
    [Id(10)]
    public bool IsUnreachable { get; init; }
}

/// <summary>Kinds of reports.</summary>
[GenerateSerializer]
public enum NodeReportKind
{
    /// <summary>The subtask's part of a checkpoint is durable.</summary>
    Written = 0,

    /// <summary>It can't be written.</summary>
    WriteFailed,

    /// <summary>The subtask can't take part.</summary>
    Declined,

    /// <summary>The subtask has come to the end of its input.</summary>
    Ended,

    /// <summary>The subtask has failed.</summary>
    Failed,
}

/// <summary>What a sink's subtask staged, as it lies in its block.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.StagedBlock")]
public sealed record StagedBlock([property: Id(0)] string Operator, [property: Id(1)] byte[] Schema, [property: Id(2)] byte[] Payload);

/// <summary>What a checkpoint cost a subtask; times in milliseconds.</summary>
[GenerateSerializer, Immutable]
[Alias("Gristmill.CheckpointCost")]
public sealed record CheckpointCost(
    [property: Id(0)] long Bytes, [property: Id(1)] double AlignMs, [property: Id(2)] double PauseMs, [property: Id(3)] double SnapshotMs, [property: Id(4)] double BusyMs,
    [property: Id(5)] bool IsUnaligned, [property: Id(6)] long InFlightBytes);
