using Gristmill.Checkpoints;
using Gristmill.Cli.Selection;

namespace Gristmill.Cli.Checkpoints;

/// <summary>Verifies checkpoints one after the other; a block that several share is read once.</summary>
internal sealed class Verification(ICheckpointStore store, ToolOutput output)
{
    private readonly HashSet<BlockInfo> _read = [];
    private readonly List<CheckpointFault> _faults = [];

    /// <summary>Whether an error says something of the checkpoint, and not of the store.</summary>
    public static bool IsDamage(Exception e) => e is CorruptCheckpointException or UnsupportedFormatException or ObjectNotFoundException;

    /// <summary>What is said of a checkpoint whose manifest can't be read.</summary>
    public static VerifiedCheckpoint Unreadable(long? checkpoint, string? savepoint, string file, Exception e)
        => new(checkpoint, savepoint, false, 0, 0, [new VerifiedFault(file, 0, null, null, null, e.Message)]);

    /// <summary>Verifies a checkpoint a head names, its manifest included.</summary>
    public async Task<VerifiedCheckpoint> RunAsync(ManifestReference reference, CancellationToken cancellationToken)
    {
        Manifest manifest;
        try
        {
            manifest = await ManifestFile.ReadAsync(store, reference, cancellationToken);
        }
        catch (Exception e) when (IsDamage(e))
        {
            return Unreadable(reference.Checkpoint, null, reference.Manifest, e);
        }

        return await RunAsync(manifest, null, cancellationToken);
    }

    /// <summary>Verifies what has been opened.</summary>
    public Task<VerifiedCheckpoint> RunAsync(Selected selected, CancellationToken cancellationToken) => RunAsync(selected.Manifest, selected.Savepoint, cancellationToken);

    private async Task<VerifiedCheckpoint> RunAsync(Manifest manifest, string? savepoint, CancellationToken cancellationToken)
    {
        long total = manifest.Blocks.Sum(block => block.Length);
        long done = 0;
        foreach (IGrouping<string, BlockInfo> file in manifest.Blocks.GroupBy(block => block.File, StringComparer.Ordinal))
        {
            output.Progress($"checkpoint {manifest.Checkpoint}: {Show.Bytes(done)} of {Show.Bytes(total)}, {file.Key}");
            List<BlockInfo> unread = [.. file.Where(_read.Add)];
            _faults.AddRange(await CheckpointVerifier.VerifyAsync(store, manifest with { Blocks = unread }, cancellationToken));
            done += file.Sum(block => block.Length);
        }

        output.EndProgress();
        return Describe(manifest, savepoint, total);
    }

    private VerifiedCheckpoint Describe(Manifest manifest, string? savepoint, long bytes)
    {
        HashSet<BlockInfo> blocks = [.. manifest.Blocks];
        HashSet<string> files = [.. manifest.Blocks.Select(block => block.File)];

        // What an earlier checkpoint was found to share is wrong with this one too.
        List<VerifiedFault> faults =
        [
            .. _faults.Where(fault => fault.Block is { } block ? blocks.Contains(block) : files.Contains(fault.File)).Distinct()
                .Select(fault => new VerifiedFault(fault.File, fault.Offset, fault.Block?.Operator, fault.Block?.Name, fault.Block?.Subtask, fault.Problem)),
        ];
        return new VerifiedCheckpoint(manifest.Checkpoint, savepoint, faults.Count == 0, manifest.Blocks.Count, bytes, faults);
    }
}
