namespace Gristmill.Checkpoints;

/// <summary>Where the keys come from that blocks are encrypted with. Thread-safe and quick: it is asked for each block, on any thread.</summary>
/// <remarks>
/// Keys are rotated by making another the current one. The former ones must be found as long as a checkpoint written under them is
/// kept: an incremental checkpoint refers to blocks of earlier ones. An id never gets another key.
/// </remarks>
public interface ICheckpointKeys
{
    /// <summary>The id of the key that new blocks are written under: 1 to 128 characters. It stands in the blocks, legible to all.</summary>
    string CurrentId { get; }

    /// <summary>A key by its id: 32 bytes or more of good chance; null if there is none of that id.</summary>
    byte[]? Find(string id);
}
