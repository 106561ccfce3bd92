using Gristmill.Checkpoints;
using Gristmill.Cli.Selection;

namespace Gristmill.Cli.Checkpoints;

/// <summary>Makes a copied checkpoint the one a job goes on from.</summary>
internal static class TargetHead
{
    /// <summary>Creates the head of a job that has none, or moves the one it has, if that was asked for.</summary>
    /// <exception cref="UsageException">Somebody else moved it meanwhile.</exception>
    public static async Task<HeadChange> PointAtAsync(ICheckpointStore store, Selected selected, bool moveHead, CancellationToken cancellationToken)
    {
        StoredHead? stored = await store.ReadHeadAsync(selected.Job, cancellationToken);
        HeadContent? head = stored is null ? null : HeadContent.Decode(stored.Content, $"head of job '{selected.Job}' in {store.Description}");
        if (selected.Reference.IsOfSame(head?.Newest))
            return HeadChange.NamesIt;
        if (head is not null && !moveHead)
            return HeadChange.Kept;
        HeadContent wanted = head is null
            ? new HeadContent { Generation = selected.Reference.Generation, Newest = selected.Reference }
            : Moved(head, selected.Reference);

        // From here on nothing is given up half-way: an interrupted move would leave unsaid whether it happened.
        bool moved = await store.TryMoveHeadAsync(selected.Job, stored?.Version ?? 0, wanted.Encode(), CancellationToken.None);
        if (!moved)
            throw new UsageException($"--to names {store.Description}, where somebody else moved the head of job '{selected.Job}' meanwhile, so the job runs there; stop it and copy again.");
        return head is null ? HeadChange.Created : HeadChange.Moved;
    }

    /// <summary>
    /// A generation newer than all there were fences whoever runs, and keeps the names of what it writes its own. Newer
    /// checkpoints than the copy are not committed any more: those the job takes from now on have their numbers.
    /// </summary>
    private static HeadContent Moved(HeadContent head, ManifestReference copy) => new()
    {
        Generation = Math.Max(head.Generation, copy.Generation) + 1,
        Newest = copy,
        Retained = [.. head.Committed().Where(one => one.Checkpoint < copy.Checkpoint).Take(HeadContent.MaxRetained - 1)],
        Retention = head.Retention,
    };
}
