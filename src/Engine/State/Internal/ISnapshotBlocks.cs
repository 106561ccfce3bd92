using Gristmill.Codec;

namespace Gristmill.State;

/// <summary>What a section of a block says of its key group. The numbers are on disk and never change.</summary>
internal enum SectionKind : byte
{
    /// <summary>All its entries: what earlier checkpoints said is void.</summary>
    All = 0,

    /// <summary>The entries that changed since the checkpoint this one builds on, removed ones included.</summary>
    Changes = 1,
}

/// <summary>Takes what a table writes, a key group after the other, and cuts it into blocks.</summary>
internal interface ISnapshotBlocks
{
    /// <summary>Where the entries of the open section go.</summary>
    ByteWriter Writer { get; }

    /// <summary>Opens the section of a key group.</summary>
    void BeginSection(int group, SectionKind kind);

    /// <summary>Closes the section, and says how many entries it has got.</summary>
    void EndSection(long entries);
}
