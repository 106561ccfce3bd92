using Gristmill.Jobs;
using Gristmill.Protocol;

namespace Gristmill.Checkpoints;

/// <summary>
/// Takes a job back to an older checkpoint on purpose. The older one's content becomes the newest checkpoint, under a new
/// number and in a new generation, so nothing is lost and it can be undone in the same way.
/// </summary>
/// <remarks>
/// What was published since stays published, and what is read again gives its output again: sinks are not rolled back.
/// A process that still runs the job is fenced off by this; stop it before.
/// </remarks>
public static class CheckpointRollback
{
    /// <summary>Makes a retained checkpoint's content the newest.</summary>
    /// <param name="store">The job's store.</param>
    /// <param name="job">The job.</param>
    /// <param name="checkpoint">The checkpoint to go back to; one of those the head retains.</param>
    /// <param name="time">The clock for the new manifest's time.</param>
    /// <param name="cancellationToken">Gives up; before the last step nothing has changed but the generation.</param>
    /// <returns>What names the new checkpoint.</returns>
    /// <exception cref="ArgumentException">The job has no checkpoint, or not this one; the message names those there are.</exception>
    /// <exception cref="CorruptCheckpointException">The checkpoint is damaged.</exception>
    /// <exception cref="JobFencedException">Somebody else took the job over in between.</exception>
    /// <exception cref="CheckpointStoreException">The store failed; read the head to learn whether it happened.</exception>
    public static Task<ManifestReference> ApplyAsync(
        ICheckpointStore store, string job, long checkpoint, TimeProvider time, CancellationToken cancellationToken = default)
        => ApplyAsync(store, job, checkpoint, time, ProtocolFaults.None, cancellationToken);

    /// <inheritdoc cref="ApplyAsync(ICheckpointStore, string, long, TimeProvider, CancellationToken)"/>
    internal static async Task<ManifestReference> ApplyAsync(
        ICheckpointStore store, string job, long checkpoint, TimeProvider time, ProtocolFaults planted, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(time);
        HeadRecord? found = Heads.Decode(job, await store.ReadHeadAsync(job, cancellationToken));
        List<ManifestRef> retained = [.. found?.Retained ?? []];
        ManifestRef? chosen = retained.Find(manifest => manifest.Checkpoint.Value == checkpoint);
        if (found is null || chosen is null)
        {
            string known = retained.Count == 0 ? "none" : string.Join(", ", retained.Select(manifest => manifest.Checkpoint.Value));
            throw new ArgumentException($"Job '{job}' in {store.Description} has no checkpoint {checkpoint} to go back to; there is {known}.", nameof(checkpoint));
        }

        IReadOnlyList<CheckpointFault> faults = await CheckpointVerifier.VerifyAsync(store, Heads.ToReference(chosen), cancellationToken);
        if (faults.Count != 0)
            throw new CorruptCheckpointException(faults[0].File, faults[0].Offset, $"checkpoint {checkpoint} to be whole", faults[0].Problem);
        HeadRecord owned = (planted & ProtocolFaults.RollBackInGeneration) != 0 ? found : await MoveAsync(store, job, Fence.TakeOver(found), cancellationToken);
        Manifest old = await ManifestFile.ReadAsync(store, chosen.Name, chosen.Hash, cancellationToken);
        Manifest again = old with
        {
            Checkpoint = found.Newest!.Checkpoint.Value + 1,
            Generation = owned.Generation.Value,
            CreatedAt = time.GetUtcNow(),
            Kind = Protocol.CheckpointKind.Manual,

            // Published when it was the newest.
            Blocks = chosen == found.Newest ? old.Blocks : [.. old.Blocks.Where(block => block.Kind != BlockKind.Staged)],
            Previous = found.Newest.Name,
        };
        ManifestReference written = await ManifestFile.WriteAsync(store, job, again, cancellationToken);
        await MoveAsync(store, job, Fence.Commit(owned, owned.Generation, Heads.ToRef(written), owned.Policy ?? RetentionPolicy.Default, time.GetUtcNow().ToUnixTimeMilliseconds())!, cancellationToken);
        return written;
    }

    private static async Task<HeadRecord> MoveAsync(ICheckpointStore store, string job, HeadRecord wanted, CancellationToken cancellationToken)
        => await store.TryMoveHeadAsync(job, wanted.Version - 1, Heads.Encode(wanted), cancellationToken)
            ? wanted
            : throw new JobFencedException(job, wanted.Generation.Value);
}
