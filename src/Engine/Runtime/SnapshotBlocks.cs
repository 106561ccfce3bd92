using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.State;

namespace Gristmill.Runtime;

/// <summary>
/// Cuts what a table writes into blocks of some megabytes. A block's payload is a run of sections: key group (4 bytes),
/// kind (1 byte, 0: all entries), number of entries (8 bytes), entries.
/// </summary>
internal sealed class SnapshotBlocks(SubtaskSnapshot snapshot, BlockHeader header) : ISnapshotBlocks
{
    private const int BlockBytes = 4 << 20;
    private int _firstGroup = -1;
    private int _lastGroup;
    private long _entries;

    public ByteWriter Writer { get; private set; } = new(4096);

    public void BeginSection(int group, long entries)
    {
        if (_firstGroup < 0)
            _firstGroup = group;
        _lastGroup = group;
        _entries += entries;
        Writer.WriteUInt32((uint)group);
        Writer.WriteByte(0);
        Writer.WriteUInt64((ulong)entries);
    }

    public void EndSection()
    {
        if (Writer.Length >= BlockBytes)
            Cut(4096 + BlockBytes + (BlockBytes / 4));
    }

    /// <summary>Hands the last block over.</summary>
    public void Complete()
    {
        if (_firstGroup >= 0)
            Cut(0);
    }

    private void Cut(int nextCapacity)
    {
        snapshot.AddBlock(header with { FirstKeyGroup = _firstGroup, LastKeyGroup = _lastGroup, Entries = _entries }, Writer);
        Writer = new ByteWriter(nextCapacity);
        _firstGroup = -1;
        _entries = 0;
    }
}
