using System.Security.Cryptography;

namespace Gristmill.Checkpoints.Internal;

/// <summary>Copies node files piece by piece, verifying the blocks a manifest names on the way.</summary>
internal sealed class FileCopier(ICheckpointStore from, ICheckpointStore to)
{
    private const int PieceBytes = 4 << 20;

    // What was found whole in the second store. Files never change, and a name says which generation wrote it.
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Copies a file unless it is there.</summary>
    /// <param name="file">The file.</param>
    /// <param name="blocks">Its blocks in the manifest, by offset.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind then.</param>
    /// <returns>The bytes copied.</returns>
    public async Task<long> CopyAsync(string file, IReadOnlyList<BlockInfo> blocks, CancellationToken cancellationToken)
    {
        if (await IsThereAsync(file, blocks, cancellationToken))
            return 0;
        long copied;
        try
        {
            copied = await TryCopyAsync(file, blocks, cancellationToken);
        }
        catch (CorruptCheckpointException)
        {
            // The object may be whole, and only a local copy of it damaged.
            if (!await from.DropCopyAsync(file, cancellationToken))
                throw;
            copied = await TryCopyAsync(file, blocks, cancellationToken);
        }
        _known.Add(file);
        return copied;
    }

    /// <summary>A file of an earlier copy is verified once; one that is damaged there is copied again.</summary>
    private async Task<bool> IsThereAsync(string file, IReadOnlyList<BlockInfo> blocks, CancellationToken cancellationToken)
    {
        if (await to.GetLengthAsync(file, cancellationToken) is not { } length)
            return false;
        if (_known.Contains(file))
            return true;
        try
        {
            if (length != await from.GetLengthAsync(file, cancellationToken))
                throw new CorruptCheckpointException(file, 0, "the length it has in the first store", $"{length}");
            await TransferAsync(to, file, length, blocks, null, cancellationToken);
        }
        catch (CorruptCheckpointException)
        {
            await to.DeleteAsync(file, cancellationToken);
            return false;
        }
        _known.Add(file);
        return true;
    }

    private async Task<long> TryCopyAsync(string file, IReadOnlyList<BlockInfo> blocks, CancellationToken cancellationToken)
    {
        long length = await from.GetLengthAsync(file, cancellationToken) ?? throw new ObjectNotFoundException(file, from.Description);
        await using ObjectWriter writer = await to.CreateAsync(file, cancellationToken);
        await TransferAsync(from, file, length, blocks, writer, cancellationToken);
        await writer.CompleteAsync(cancellationToken);
        return length;
    }

    /// <summary>Reads a file from end to end, verifies its blocks, and hands what it reads to the writer, if there is one.</summary>
    public static async Task TransferAsync(
        ICheckpointStore store, string file, long length, IReadOnlyList<BlockInfo> blocks, ObjectWriter? writer, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[(int)Math.Min(length, PieceBytes)];
        long offset = 0;
        foreach (BlockInfo block in blocks)
        {
            if (block.Offset < offset || block.Length < 0 || block.Offset > length - block.Length)
                throw new CorruptCheckpointException(file, block.Offset, $"a block of {block.Length} bytes", $"a file of {length}, of which {offset} belong to other blocks");
            // What lies between belongs to no block this manifest needs.
            await PassAsync(store, file, offset, block.Offset, buffer, writer, null, cancellationToken);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            offset = block.Offset + block.Length;
            await PassAsync(store, file, block.Offset, offset, buffer, writer, hash, cancellationToken);
            string found = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (found != block.Hash)
                throw new CorruptCheckpointException(file, block.Offset, $"hash {block.Hash}", found);
        }
        await PassAsync(store, file, offset, length, buffer, writer, null, cancellationToken);
    }

    private static async Task PassAsync(
        ICheckpointStore store, string file, long offset, long end, byte[] buffer, ObjectWriter? writer, IncrementalHash? hash, CancellationToken cancellationToken)
    {
        while (offset < end)
        {
            Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, end - offset));
            int read = await store.ReadAsync(file, offset, piece, cancellationToken);
            if (read != piece.Length)
                throw new CorruptCheckpointException(file, offset, $"{piece.Length} bytes", $"the end of the file after {read}");
            // Where records are not kept from being processed: off the thread that runs the job's coordinator.
            if (hash is not null && store.Durability != StoreDurability.Memory)
                await IoPool.Run(() => hash.AppendData(piece.Span));
            else
                hash?.AppendData(piece.Span);
            if (writer is not null)
                await writer.WriteAsync(piece, cancellationToken);
            offset += piece.Length;
        }
    }
}
