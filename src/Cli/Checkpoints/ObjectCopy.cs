using System.Security.Cryptography;
using Gristmill.Checkpoints;

namespace Gristmill.Cli.Checkpoints;

/// <summary>Copies objects from store to store, create-only, and checks every hash on the way: damage is not copied.</summary>
internal sealed class ObjectCopy(ICheckpointStore from, ICheckpointStore to)
{
    private readonly byte[] _buffer = new byte[1 << 20];

    /// <summary>Copies a file of blocks.</summary>
    /// <param name="file">The file.</param>
    /// <param name="blocks">The blocks in it that are needed, in the order they lie in.</param>
    /// <param name="cancellationToken">Gives up; nothing is left of the file in the target.</param>
    /// <exception cref="CorruptCheckpointException">A block is damaged.</exception>
    /// <exception cref="UsageException">The target has another object of that name.</exception>
    public async Task<CopiedFile> CopyFileAsync(string file, List<BlockInfo> blocks, CancellationToken cancellationToken)
    {
        long length = await from.GetLengthAsync(file, cancellationToken) ?? throw new ObjectNotFoundException(file, from.Description);
        if (await to.GetLengthAsync(file, cancellationToken) is not null)
        {
            await RequireSameAsync(file, blocks, cancellationToken);
            return new CopiedFile(file, length, WasThere: true);
        }

        await using ObjectWriter writer = await to.CreateAsync(file, cancellationToken);
        long at = 0;
        foreach (BlockInfo block in blocks)
        {
            // What lies between needed blocks belongs to no checkpoint any more, or to another.
            await CopyAsync(file, at, block.Offset - at, writer, null, cancellationToken);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await CopyAsync(file, block.Offset, block.Length, writer, hash, cancellationToken);
            RequireHash(file, block.Offset, block.Hash, hash);
            at = block.Offset + block.Length;
        }

        await CopyAsync(file, at, length - at, writer, null, cancellationToken);
        await writer.CompleteAsync(cancellationToken);
        return new CopiedFile(file, length, WasThere: false);
    }

    /// <summary>Copies a manifest, byte for byte.</summary>
    /// <exception cref="CorruptCheckpointException">It is damaged.</exception>
    /// <exception cref="UsageException">The target has another of that name.</exception>
    public async Task<CopiedFile> CopyManifestAsync(ManifestReference manifest, CancellationToken cancellationToken)
    {
        string name = manifest.Manifest;
        long length = await from.GetLengthAsync(name, cancellationToken) ?? throw new ObjectNotFoundException(name, from.Description);
        if (await to.GetLengthAsync(name, cancellationToken) is not null)
        {
            try
            {
                await ManifestFile.ReadAsync(to, manifest, cancellationToken);
            }
            catch (CorruptCheckpointException e)
            {
                throw Another(name, e);
            }

            return new CopiedFile(name, length, WasThere: true);
        }

        await using ObjectWriter writer = await to.CreateAsync(name, cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await CopyAsync(name, 0, length, writer, hash, cancellationToken);
        RequireHash(name, 0, manifest.Hash, hash);
        await writer.CompleteAsync(cancellationToken);
        return new CopiedFile(name, length, WasThere: false);
    }

    private static void RequireHash(string file, long offset, string expected, IncrementalHash hash)
    {
        string found = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (found != expected)
            throw new CorruptCheckpointException(file, offset, $"hash {expected}", found);
    }

    private async Task CopyAsync(string file, long offset, long length, ObjectWriter writer, IncrementalHash? hash, CancellationToken cancellationToken)
    {
        for (long done = 0; done < length;)
        {
            Memory<byte> piece = _buffer.AsMemory(0, (int)Math.Min(_buffer.Length, length - done));
            int read = await from.ReadAsync(file, offset + done, piece, cancellationToken);
            if (read < piece.Length)
                throw new CorruptCheckpointException(file, offset + done, $"{piece.Length} bytes", $"the end of the file after {read}");
            hash?.AppendData(piece.Span);
            await writer.WriteAsync(piece, cancellationToken);
            done += read;
        }
    }

    private async Task RequireSameAsync(string file, List<BlockInfo> blocks, CancellationToken cancellationToken)
    {
        try
        {
            foreach (BlockInfo block in blocks)
                await BlockReader.ReadStoredAsync(to, block, cancellationToken);
        }
        catch (CorruptCheckpointException e)
        {
            throw Another(file, e);
        }
    }

    private UsageException Another(string name, Exception e)
        => new($"--to names {to.Description}, which has another object '{name}' that is not the one to copy, or is damaged; copy to an empty store. {e.Message}", e);
}
