namespace Gristmill.Checkpoints.Internal;

/// <summary>
/// Blocks that have been read and verified and are about to be restored, so that they are not read a second time. Only as
/// many as fit into a bound; the others are read again.
/// </summary>
/// <param name="mostBytes">The bound.</param>
internal sealed class VerifiedBlocks(long mostBytes)
{
    private readonly Dictionary<(string File, long Offset), StoredBlock> _blocks = [];
    private long _bytes;

    public void Keep(BlockInfo info, StoredBlock block)
    {
        if (_bytes + info.Length > mostBytes)
            return;
        if (_blocks.TryAdd((info.File, info.Offset), block))
            _bytes += info.Length;
    }

    /// <summary>The block, which is forgotten by this.</summary>
    public StoredBlock? Take(BlockInfo info)
    {
        if (!_blocks.Remove((info.File, info.Offset), out StoredBlock block))
            return null;
        _bytes -= info.Length;
        return block;
    }

    public void Clear()
    {
        _blocks.Clear();
        _bytes = 0;
    }
}
