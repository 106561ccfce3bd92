using Gristmill.Checkpoints.Internal;

namespace Gristmill.Checkpoints;

/// <summary>Says whether a checkpoint could be restored, without restoring it.</summary>
public static class CheckpointVerifier
{
    /// <summary>Reads every block a manifest names and verifies existence, length, hash and header. It needs no keys: hashes are of what is stored.</summary>
    /// <returns>What is wrong; empty when all is well. Errors of the store itself are thrown: they say nothing of the checkpoint.</returns>
    public static async ValueTask<IReadOnlyList<CheckpointFault>> VerifyAsync(ICheckpointStore store, Manifest manifest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(manifest);
        var faults = new List<CheckpointFault>();
        foreach (var file in manifest.Blocks.GroupBy(b => b.File, StringComparer.Ordinal))
            await VerifyFileAsync(store, file.Key, file.OrderBy(b => b.Offset), faults, cancellationToken);
        return faults;
    }

    /// <summary>Reads the manifest a head names and verifies it with all its blocks.</summary>
    public static async ValueTask<IReadOnlyList<CheckpointFault>> VerifyAsync(ICheckpointStore store, ManifestReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        Manifest manifest;
        try
        {
            manifest = await ManifestFile.ReadAsync(store, reference, cancellationToken);
        }
        catch (Exception e) when (IsFault(e))
        {
            return [new CheckpointFault(reference.Manifest, 0, null, e.Message)];
        }
        return await VerifyAsync(store, manifest, cancellationToken);
    }

    private static async ValueTask VerifyFileAsync(
        ICheckpointStore store, string file, IEnumerable<BlockInfo> blocks, List<CheckpointFault> faults, CancellationToken cancellationToken)
    {
        if (await store.GetLengthAsync(file, cancellationToken) is not { } length)
        {
            faults.Add(new CheckpointFault(file, 0, null, $"The file '{file}' is missing."));
            return;
        }
        foreach (var block in blocks)
        {
            if (await VerifyBlockAsync(store, block, length, cancellationToken) is { } problem)
                faults.Add(new CheckpointFault(file, block.Offset, block, problem));
        }
    }

    private static async ValueTask<string?> VerifyBlockAsync(ICheckpointStore store, BlockInfo block, long fileLength, CancellationToken cancellationToken)
    {
        if (block.Offset < 0 || block.Length < BlockCodec.MinLength || block.Offset > fileLength - block.Length)
            return $"The block at {block.Offset} with {block.Length} bytes does not fit into '{block.File}', which has {fileLength}.";
        try
        {
            await BlockReader.ReadStoredAsync(store, block, cancellationToken);
            return null;
        }
        catch (Exception e) when (IsFault(e))
        {
            return e.Message;
        }
    }

    private static bool IsFault(Exception e) =>
        e is CorruptCheckpointException or UnsupportedFormatException or ObjectNotFoundException;
}
