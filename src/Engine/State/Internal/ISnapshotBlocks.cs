using Gristmill.Codec;

namespace Gristmill.State;

/// <summary>Takes what a table writes, a key group after the other, and cuts it into blocks.</summary>
internal interface ISnapshotBlocks
{
    /// <summary>Where the entries of the open section go.</summary>
    ByteWriter Writer { get; }

    /// <summary>Opens the section of a key group.</summary>
    void BeginSection(int group, long entries);

    /// <summary>Closes the section.</summary>
    void EndSection();
}
