using Gristmill.Checkpoints;
using Gristmill.Codec;

namespace Gristmill.Runtime;

/// <summary>One subtask's part in one checkpoint, from the barrier to the ack.</summary>
/// <param name="checkpoint">The checkpoint's number.</param>
/// <param name="sink">Where its blocks go.</param>
/// <param name="sinceMs">When its first barrier set out, in milliseconds since 1970; null: its barriers overtake nothing.</param>
internal sealed class SubtaskSnapshot(long checkpoint, ISnapshotSink sink, long? sinceMs)
{
    private readonly List<IStagedEpochs> _staged = [];

    /// <summary>The checkpoint's number, which is the epoch's.</summary>
    public long Checkpoint { get; } = checkpoint;

    /// <summary>When its first barrier set out; null: its barriers overtake nothing.</summary>
    public long? SinceMs { get; } = sinceMs;

    /// <summary>How the subtask fared, for the history.</summary>
    public SnapshotTimes Times { get; } = new();

    /// <summary>What its sinks staged up to here; complete only when their tasks are.</summary>
    public IReadOnlyList<IStagedEpochs> Staged => _staged;

    /// <summary>Whether the store is behind, so that no more should be handed over just now.</summary>
    public bool IsBackedUp => sink.IsBackedUp;

    public void AddBlock(BlockHeader header, ByteWriter payload)
    {
        Times.Bytes += payload.Length;
        sink.Write(header, payload);
    }

    /// <summary>An empty buffer of a block's size, used before if there is one.</summary>
    public ByteWriter RentBuffer() => sink.RentBuffer();

    public void AddStaged(IStagedEpochs staged) => _staged.Add(staged);
}

/// <summary>What a checkpoint cost a subtask.</summary>
internal sealed class SnapshotTimes
{
    public long Bytes { get; set; }

    /// <summary>Whether it was taken before all of its barriers had come.</summary>
    public bool IsUnaligned { get; set; }

    /// <summary>Those of <see cref="Bytes"/> that are records in flight.</summary>
    public long InFlightBytes { get; set; }

    public double AlignMs { get; set; }

    public double PauseMs { get; set; }

    /// <summary>How long the subtask worked for the checkpoint in all.</summary>
    public double BusyMs { get; set; }

    public double SnapshotMs { get; set; }

    public double AckMs { get; set; }
}

/// <summary>Where a subtask's blocks go.</summary>
internal interface ISnapshotSink
{
    bool IsBackedUp { get; }

    ByteWriter RentBuffer();

    void Write(BlockHeader header, ByteWriter payload);
}

/// <summary>What a sink's subtask has staged and no committed checkpoint has published yet.</summary>
internal interface IStagedEpochs
{
    string Operator { get; }

    int Subtask { get; }

    /// <summary>Completes when all of it is durable: the block for the checkpoint, or null if there is nothing.</summary>
    Task<(BlockHeader Header, ByteWriter Payload, object Staged)?> CompleteAsync();
}
