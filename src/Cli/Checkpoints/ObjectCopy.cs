using System.Security.Cryptography;
using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;

namespace Gristmill.Cli.Checkpoints;

/// <summary>Copies objects from store to store, create-only, and checks every hash on the way: damage is not copied.</summary>
internal sealed class ObjectCopy(ICheckpointStore from, ICheckpointStore to)
{
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
        await FileCopier.TransferAsync(from, file, length, blocks, writer, cancellationToken);
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

        byte[] bytes = await WholeObject.ReadAsync(from, name, length, cancellationToken);
        string found = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (found != manifest.Hash)
            throw new CorruptCheckpointException(name, 0, $"hash {manifest.Hash}", found);
        await using ObjectWriter writer = await to.CreateAsync(name, cancellationToken);
        await writer.WriteAsync(bytes, cancellationToken);
        await writer.CompleteAsync(cancellationToken);
        return new CopiedFile(name, length, WasThere: false);
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
