using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.State;

namespace Gristmill.Runtime;

/// <summary>
/// Cuts what a table writes into blocks of about a megabyte. A block's payload is a run of sections: key group (4 bytes),
/// kind (1 byte), number of entries (8 bytes), entries. What is whole and what is only changed goes into different blocks,
/// and a block of whole groups has no gaps: it says of each group in its range all there is, if only that it is empty.
/// </summary>
internal sealed class SnapshotBlocks(SubtaskSnapshot snapshot, BlockHeader header) : ISnapshotBlocks
{
    private readonly Run _whole = new(snapshot, header with { Kind = BlockKind.Base });
    private readonly Run _changes = new(snapshot, header with { Kind = BlockKind.Delta });
    private Run? _open;

    public ByteWriter Writer => _open!.Writer;

    public void BeginSection(int group, SectionKind kind)
    {
        _open = kind == SectionKind.All ? _whole : _changes;
        _open.Begin(group, kind);
    }

    public void EndSection(long entries) => _open!.End(entries);

    /// <summary>Hands the last blocks over.</summary>
    /// <param name="sayEmpty">Whether groups that are empty now were not always.</param>
    public void Complete(bool sayEmpty)
    {
        _whole.Complete(sayEmpty);
        _changes.Complete(evenEmpty: false);
    }

    private sealed class Run(SubtaskSnapshot snapshot, BlockHeader header)
    {
        private const int CountAt = 5;

        private int _firstGroup = -1;
        private int _lastGroup;
        private int _sectionAt;
        private long _entries;
        private bool _hasCut;

        // The first buffer is small, since most states are; from the second on they are of a block's size and come back.
        public ByteWriter Writer { get; private set; } = new(0);

        public void Begin(int group, SectionKind kind)
        {
            if (_firstGroup >= 0 && kind == SectionKind.All && group != _lastGroup + 1)
                Cut();
            if (_firstGroup < 0)
            {
                _firstGroup = group;
                Writer = _hasCut ? snapshot.RentBuffer() : new ByteWriter(4096);
            }

            _lastGroup = group;
            _sectionAt = Writer.Length;
            Writer.WriteUInt32((uint)group);
            Writer.WriteByte((byte)kind);
            Writer.WriteUInt64(0);
        }

        public void End(long entries)
        {
            if (entries == 0)
                Writer.Truncate(_sectionAt);
            else
                Writer.Overwrite(_sectionAt + CountAt, (ulong)entries);
            _entries += entries;
            if (Writer.Length >= BlockBuffers.BlockBytes)
                Cut();
        }

        public void Complete(bool evenEmpty)
        {
            if (_firstGroup >= 0 && (_entries != 0 || evenEmpty))
                Cut();
        }

        private void Cut()
        {
            snapshot.AddBlock(header with { FirstKeyGroup = _firstGroup, LastKeyGroup = _lastGroup, Entries = _entries }, Writer);
            _hasCut = true;
            _firstGroup = -1;
            _entries = 0;
        }
    }
}
