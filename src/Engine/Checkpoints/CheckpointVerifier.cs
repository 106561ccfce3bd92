using Gristmill.Checkpoints.Internal;

namespace Gristmill.Checkpoints;

/// <summary>Says whether a checkpoint could be restored, without restoring it.</summary>
public static class CheckpointVerifier
{
    private const int BlocksAtOnce = 4;

    /// <summary>Reads every block a manifest names and verifies existence, length, hash and header. It needs no keys: hashes are of what is stored.</summary>
    /// <returns>What is wrong; empty when all is well. Errors of the store itself are thrown: they say nothing of the checkpoint.</returns>
    public static ValueTask<IReadOnlyList<CheckpointFault>> VerifyAsync(ICheckpointStore store, Manifest manifest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(manifest);
        return VerifyAsync(store, manifest, keep: null, isKnown: null, cancellationToken);
    }

    /// <summary>Reads the manifest a head names and verifies it with all its blocks.</summary>
    public static ValueTask<IReadOnlyList<CheckpointFault>> VerifyAsync(ICheckpointStore store, ManifestReference reference, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(reference);
        return VerifyAsync(store, reference, keep: null, isKnown: null, cancellationToken);
    }

    /// <param name="store">The store.</param>
    /// <param name="reference">The manifest.</param>
    /// <param name="keep">Gets the blocks of state, so that they need not be read again.</param>
    /// <param name="isKnown">Whether a block of this manifest has been read before and will not be read again; null: none has.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async ValueTask<IReadOnlyList<CheckpointFault>> VerifyAsync(
        ICheckpointStore store, ManifestReference reference, VerifiedBlocks? keep, Func<Manifest, BlockInfo, bool>? isKnown, CancellationToken cancellationToken)
    {
        Manifest manifest;
        try
        {
            manifest = await ManifestFile.ReadAsync(store, reference, cancellationToken);
        }
        catch (Exception e) when (IsFault(e))
        {
            return [new CheckpointFault(reference.Manifest, 0, null, e.Message)];
        }
        return await VerifyAsync(store, manifest, keep, isKnown, cancellationToken);
    }

    private static async ValueTask<IReadOnlyList<CheckpointFault>> VerifyAsync(
        ICheckpointStore store, Manifest manifest, VerifiedBlocks? keep, Func<Manifest, BlockInfo, bool>? isKnown, CancellationToken cancellationToken)
    {
        var faults = new List<CheckpointFault>();
        foreach (var file in manifest.Blocks.Where(b => isKnown?.Invoke(manifest, b) != true).GroupBy(b => b.File, StringComparer.Ordinal))
        {
            if (await store.GetLengthAsync(file.Key, cancellationToken) is { } length)
                await VerifyFileAsync(store, length, file.OrderBy(b => b.Offset), keep, faults, cancellationToken);
            else
                faults.Add(new CheckpointFault(file.Key, 0, null, $"The file '{file.Key}' is missing."));
        }
        return faults;
    }

    /// <summary>Several blocks at a time: reading waits for the store, and hashing for the processor.</summary>
    private static async ValueTask VerifyFileAsync(
        ICheckpointStore store, long length, IEnumerable<BlockInfo> blocks, VerifiedBlocks? keep, List<CheckpointFault> faults, CancellationToken cancellationToken)
    {
        var atOnce = store.Durability == StoreDurability.Memory ? 1 : BlocksAtOnce;
        var open = new Queue<(BlockInfo Block, Task<string?> Problem)>();
        foreach (var block in blocks)
        {
            if (open.Count == atOnce)
                await FinishAsync(open.Dequeue(), faults);
            open.Enqueue((block, VerifyBlockAsync(store, block, length, keep, cancellationToken)));
        }
        while (open.TryDequeue(out var last))
            await FinishAsync(last, faults);
    }

    private static async ValueTask FinishAsync((BlockInfo Block, Task<string?> Problem) one, List<CheckpointFault> faults)
    {
        if (await one.Problem is { } problem)
            faults.Add(new CheckpointFault(one.Block.File, one.Block.Offset, one.Block, problem));
    }

    private static async Task<string?> VerifyBlockAsync(ICheckpointStore store, BlockInfo block, long fileLength, VerifiedBlocks? keep, CancellationToken cancellationToken)
    {
        if (block.Offset < 0 || block.Length < BlockCodec.MinLength || block.Offset > fileLength - block.Length)
            return $"The block at {block.Offset} with {block.Length} bytes does not fit into '{block.File}', which has {fileLength}.";
        try
        {
            var stored = await BlockReader.ReadStoredAsync(store, block, cancellationToken);
            if (block.IsState)
                keep?.Keep(block, stored);
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
