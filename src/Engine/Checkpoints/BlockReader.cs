using Gristmill.Checkpoints.Internal;

namespace Gristmill.Checkpoints;

/// <summary>Reads blocks and believes nothing that is not verified.</summary>
public static class BlockReader
{
    /// <summary>Reads a block, verifies its hash, and its header against what the manifest says.</summary>
    /// <exception cref="CorruptCheckpointException">It is damaged, cut short, or another block than the manifest says.</exception>
    /// <exception cref="UnsupportedFormatException">A newer version wrote it.</exception>
    /// <exception cref="ObjectNotFoundException">Its file is missing.</exception>
    public static async ValueTask<Block> ReadAsync(ICheckpointStore store, BlockInfo info, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(info);
        if (info.Length < BlockCodec.MinLength || info.Length > Array.MaxLength || info.Offset < 0)
            throw new CorruptCheckpointException(info.File, info.Offset, "a block of a possible length and offset", $"a manifest that says {info.Length} bytes");
        var bytes = new byte[info.Length];
        var read = await store.ReadAsync(info.File, info.Offset, bytes, cancellationToken);
        if (read != bytes.Length)
            throw new CorruptCheckpointException(info.File, info.Offset, $"a block of {info.Length} bytes", $"the end of the file after {read}");
        var hash = await BlockHash.ComputeAsync(bytes, offCaller: store.Durability != StoreDurability.Memory);
        if (hash != info.Hash)
            throw new CorruptCheckpointException(info.File, info.Offset, $"hash {info.Hash}", hash);
        var block = BlockCodec.Decode(bytes, info.File, info.Offset);
        BlockCodec.RequireSame(block.Header, info);
        return block;
    }

    /// <summary>Reads all blocks of a file without its manifest, for tools. Hashes cannot be verified this way.</summary>
    public static async IAsyncEnumerable<(BlockInfo Info, Block Block)> ReadAllAsync(
        ICheckpointStore store,
        string file,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        var length = await store.GetLengthAsync(file, cancellationToken) ?? throw new ObjectNotFoundException(file, store.Description);
        for (long offset = 0; offset < length;)
        {
            var blockLength = await BlockCodec.MeasureAsync(store, file, offset, length, cancellationToken);
            var bytes = new byte[blockLength];
            var read = await store.ReadAsync(file, offset, bytes, cancellationToken);
            if (read != bytes.Length)
                throw new CorruptCheckpointException(file, offset, $"a block of {blockLength} bytes", $"the end of the file after {read}");
            var block = BlockCodec.Decode(bytes, file, offset);
            var hash = await BlockHash.ComputeAsync(bytes, offCaller: false);
            yield return (BlockCodec.Describe(block.Header, file, offset, blockLength, hash), block);
            offset += blockLength;
        }
    }
}
