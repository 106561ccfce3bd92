namespace Gristmill.Checkpoints;

/// <summary>
/// A checkpoint copied out of the ordinary ones: self-contained, in one file beside its manifest, never collected, and
/// free to be moved to another store or job. See <see cref="SavepointStart"/> for how a job begins from one.
/// </summary>
public static class Savepoint
{
    /// <summary>What a savepoint's manifest is called in its folder.</summary>
    internal const string ManifestPart = "manifest.json";

    private const int MostAttempts = 100;

    /// <summary>The name of a savepoint's manifest.</summary>
    /// <exception cref="ArgumentException">The savepoint's name is not legal.</exception>
    public static string ManifestName(string job, string savepoint) => CheckpointLayout.SavepointPrefix(job, savepoint) + ManifestPart;

    /// <summary>Copies a complete checkpoint into a savepoint. Every block's hash is verified on the way.</summary>
    /// <param name="from">The store it lies in.</param>
    /// <param name="checkpoint">Its manifest.</param>
    /// <param name="to">The store the savepoint is to lie in; it may be the same.</param>
    /// <param name="savepoint">The savepoint's name: one part of an object name.</param>
    /// <param name="withStaged">
    /// Whether output that is staged in it is copied too: right where its job may have died before it was published, for then
    /// whoever begins from the savepoint publishes it.
    /// </param>
    /// <param name="progress">Told the bytes copied so far.</param>
    /// <param name="cancellationToken">Gives up; what was copied is left behind and does no harm.</param>
    /// <returns>What names it.</returns>
    /// <exception cref="ObjectExistsException">There is a savepoint of this name.</exception>
    /// <exception cref="CorruptCheckpointException">A block is damaged.</exception>
    /// <exception cref="CheckpointStoreException">A store failed.</exception>
    public static async Task<ManifestReference> WriteAsync(
        ICheckpointStore from, Manifest checkpoint, ICheckpointStore to, string savepoint, bool withStaged = false, Action<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(to);
        string manifestName = ManifestName(checkpoint.Job, savepoint);
        if (await to.GetLengthAsync(manifestName, cancellationToken) is not null)
            throw new ObjectExistsException(manifestName, to.Description);
        List<BlockInfo> wanted = [.. checkpoint.Blocks.Where(block => withStaged || block.Kind != BlockKind.Staged)];
        string prefix = CheckpointLayout.SavepointPrefix(checkpoint.Job, savepoint);
        IReadOnlyList<BlockInfo> blocks = wanted.Count == 0 ? [] : await CopyAsync(from, wanted, to, prefix, progress, cancellationToken);
        return await ManifestFile.WriteAsAsync(to, manifestName, checkpoint with { Blocks = blocks, Previous = null }, cancellationToken);
    }

    /// <summary>Reads a savepoint's manifest.</summary>
    /// <exception cref="ObjectNotFoundException">There is no savepoint of this name.</exception>
    /// <exception cref="CorruptCheckpointException">It is damaged.</exception>
    /// <exception cref="CheckpointStoreException">The store can't be read.</exception>
    public static async Task<Manifest> ReadAsync(ICheckpointStore store, string job, string savepoint, CancellationToken cancellationToken = default)
        => await ManifestFile.ReadAsync(store, ManifestName(job, savepoint), expectedHash: null, cancellationToken);

    /// <summary>Copies blocks as they lie into one file: what is compressed or encrypted stays so.</summary>
    /// <param name="from">The store they lie in.</param>
    /// <param name="blocks">The blocks.</param>
    /// <param name="to">The store the file is to lie in.</param>
    /// <param name="file">The file's name.</param>
    /// <param name="progress">Told the bytes copied so far.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The blocks at their new places.</returns>
    internal static async Task<IReadOnlyList<BlockInfo>> CopyBlocksAsync(
        ICheckpointStore from, IReadOnlyList<BlockInfo> blocks, ICheckpointStore to, string file, Action<long>? progress, CancellationToken cancellationToken)
    {
        var copied = new List<BlockInfo>();
        await using ObjectWriter writer = await to.CreateAsync(file, cancellationToken);
        long offset = 0;
        foreach (BlockInfo block in blocks)
        {
            await writer.WriteAsync(await BlockReader.ReadBytesAsync(from, block, cancellationToken), cancellationToken);
            copied.Add(block with { File = file, Offset = offset });
            offset += block.Length;
            progress?.Invoke(offset);
        }

        await writer.CompleteAsync(cancellationToken);
        return copied;
    }

    /// <summary>A copy that was cut short has left its file behind: the next one takes another name.</summary>
    private static async Task<IReadOnlyList<BlockInfo>> CopyAsync(
        ICheckpointStore from, IReadOnlyList<BlockInfo> blocks, ICheckpointStore to, string prefix, Action<long>? progress, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            string file = prefix + (attempt == 1 ? "blocks.state" : $"blocks-{attempt}.state");
            if (attempt < MostAttempts && await to.GetLengthAsync(file, cancellationToken) is not null)
                continue;
            return await CopyBlocksAsync(from, blocks, to, file, progress, cancellationToken);
        }
    }
}
