using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.State;

namespace Gristmill.Runtime;

/// <summary>
/// Cuts what a table writes into blocks of about a megabyte. A block's payload is a run of sections: key group (4 bytes),
/// kind (1 byte, 0: all entries), number of entries (8 bytes), entries.
/// </summary>
internal sealed class SnapshotBlocks(SubtaskSnapshot snapshot, BlockHeader header) : ISnapshotBlocks
{
    private int _firstGroup = -1;
    private int _lastGroup;
    private long _entries;

    // The first buffer is small, since most states are; from the second on they are of a block's size and come back.
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
        if (Writer.Length >= BlockBuffers.BlockBytes)
            Cut(last: false);
    }

    /// <summary>Hands the last block over.</summary>
    public void Complete()
    {
        if (_firstGroup >= 0)
            Cut(last: true);
    }

    private void Cut(bool last)
    {
        snapshot.AddBlock(header with { FirstKeyGroup = _firstGroup, LastKeyGroup = _lastGroup, Entries = _entries }, Writer);
        Writer = last ? new ByteWriter(0) : snapshot.RentBuffer();
        _firstGroup = -1;
        _entries = 0;
    }
}
