using Gristmill.Checkpoints.Internal;

namespace Gristmill.Checkpoints;

/// <summary>Reads blocks and believes nothing that is not verified.</summary>
public static class BlockReader
{
    // A manifest's word is enough for less than this; for more it is compared with the file first, before memory is taken.
    private const int LargeLength = 64 << 20;

    /// <summary>Reads a block that is not encrypted, verifies its hash, and its header against what the manifest says.</summary>
    /// <exception cref="BlockDecodingException">It is encrypted, or compressed with a method that is not known.</exception>
    /// <exception cref="CorruptCheckpointException">It is damaged, cut short, or another block than the manifest says.</exception>
    /// <exception cref="UnsupportedFormatException">A newer version wrote it.</exception>
    /// <exception cref="ObjectNotFoundException">Its file is missing.</exception>
    public static ValueTask<Block> ReadAsync(ICheckpointStore store, BlockInfo info, CancellationToken cancellationToken = default) =>
        ReadAsync(store, info, BlockDecoding.Default, cancellationToken);

    /// <summary>Reads a block, verifies its hash, and its header against what the manifest says.</summary>
    /// <exception cref="BlockDecodingException">Its key or its method of compression is missing, or the key is wrong.</exception>
    /// <exception cref="CorruptCheckpointException">It is damaged, cut short, or another block than the manifest says.</exception>
    /// <exception cref="UnsupportedFormatException">A newer version wrote it.</exception>
    /// <exception cref="ObjectNotFoundException">Its file is missing.</exception>
    public static async ValueTask<Block> ReadAsync(ICheckpointStore store, BlockInfo info, BlockDecoding decoding, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(decoding);
        var stored = await ReadStoredAsync(store, info, cancellationToken);
        return await BlockDecoder.DecodeAsync(stored, decoding, info.File, info.Offset, OffCaller(store));
    }

    /// <summary>Reads a block and verifies all that can be without decoding it: the hash is of what is stored.</summary>
    internal static ValueTask<StoredBlock> ReadStoredAsync(ICheckpointStore store, BlockInfo info, CancellationToken cancellationToken) =>
        ReadAsync(store, info, ReadStoredOnceAsync, cancellationToken);

    /// <summary>Reads a block's bytes as they lie, and verifies their hash.</summary>
    internal static ValueTask<byte[]> ReadBytesAsync(ICheckpointStore store, BlockInfo info, CancellationToken cancellationToken) =>
        ReadAsync(store, info, ReadBytesOnceAsync, cancellationToken);

    /// <summary>Reads all blocks of a file without its manifest, for tools. Hashes cannot be verified this way.</summary>
    /// <exception cref="BlockDecodingException">A block is encrypted, or compressed with a method that is not known.</exception>
    public static IAsyncEnumerable<(BlockInfo Info, Block Block)> ReadAllAsync(ICheckpointStore store, string file, CancellationToken cancellationToken = default) =>
        ReadAllAsync(store, file, BlockDecoding.Default, cancellationToken);

    /// <summary>Reads all blocks of a file without its manifest, for tools. Hashes cannot be verified this way.</summary>
    /// <exception cref="BlockDecodingException">A block's key or its method of compression is missing, or the key is wrong.</exception>
    public static async IAsyncEnumerable<(BlockInfo Info, Block Block)> ReadAllAsync(
        ICheckpointStore store,
        string file,
        BlockDecoding decoding,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(decoding);
        var length = await store.GetLengthAsync(file, cancellationToken) ?? throw new ObjectNotFoundException(file, store.Description);
        for (long offset = 0; offset < length;)
        {
            var blockLength = await BlockCodec.MeasureAsync(store, file, offset, length, cancellationToken);
            var bytes = new byte[blockLength];
            var read = await store.ReadAsync(file, offset, bytes, cancellationToken);
            if (read != bytes.Length)
                throw new CorruptCheckpointException(file, offset, $"a block of {blockLength} bytes", $"the end of the file after {read}");
            var block = await BlockDecoder.DecodeAsync(BlockCodec.Decode(bytes, file, offset), decoding, file, offset, OffCaller(store));
            var hash = await BlockHash.ComputeAsync(bytes, offCaller: false);
            yield return (BlockCodec.Describe(block.Header, file, offset, blockLength, hash), block);
            offset += blockLength;
        }
    }

    private static async ValueTask<T> ReadAsync<T>(
        ICheckpointStore store, BlockInfo info, Func<ICheckpointStore, BlockInfo, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(info);
        try
        {
            return await read(store, info, cancellationToken);
        }
        catch (CorruptCheckpointException)
        {
            // The object may be whole, and only a copy of it damaged.
            if (!await store.DropCopyAsync(info.File, cancellationToken))
                throw;
        }
        return await read(store, info, cancellationToken);
    }

    private static bool OffCaller(ICheckpointStore store) => store.Durability != StoreDurability.Memory;

    private static async ValueTask<StoredBlock> ReadStoredOnceAsync(ICheckpointStore store, BlockInfo info, CancellationToken cancellationToken)
    {
        var bytes = await ReadBytesOnceAsync(store, info, cancellationToken);
        var block = BlockCodec.Decode(bytes, info.File, info.Offset);
        BlockCodec.RequireSame(block.Header, info);
        return block;
    }

    private static async ValueTask<byte[]> ReadBytesOnceAsync(ICheckpointStore store, BlockInfo info, CancellationToken cancellationToken)
    {
        if (info.Length < BlockCodec.MinLength || info.Length > Array.MaxLength || info.Offset < 0)
            throw new CorruptCheckpointException(info.File, info.Offset, "a block of a possible length and offset", $"a manifest that says {info.Length} bytes");
        if (info.Length > LargeLength && await store.GetLengthAsync(info.File, cancellationToken) is { } length && info.Length > length)
            throw new CorruptCheckpointException(info.File, info.Offset, $"a block of {info.Length} bytes", $"a file of {length}");
        var bytes = new byte[info.Length];
        var read = await store.ReadAsync(info.File, info.Offset, bytes, cancellationToken);
        if (read != bytes.Length)
            throw new CorruptCheckpointException(info.File, info.Offset, $"a block of {info.Length} bytes", $"the end of the file after {read}");
        var hash = await BlockHash.ComputeAsync(bytes, OffCaller(store));
        return hash == info.Hash
            ? bytes
            : throw new CorruptCheckpointException(info.File, info.Offset, $"hash {info.Hash}", hash);
    }
}
