using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>
/// What may be deleted: what no retained manifest reaches and what is old enough. How many manifests are retained is
/// decided when the head is moved (<see cref="Fence.Commit"/>); this only follows. When in doubt it keeps.
/// </summary>
public static class Retention
{
    /// <summary>Younger objects are never deleted, unless the host says otherwise: ten minutes.</summary>
    public const long DefaultMinimumAgeMs = 600_000;

    /// <summary>Plans a pass.</summary>
    /// <param name="head">The head; read before the listing, so that nothing listed is newer than what it knows.</param>
    /// <param name="references">What each retained manifest refers to; one that is left out counts as unreadable.</param>
    /// <param name="stored">The listing of the checkpoint folders. Savepoints are not to be in it.</param>
    /// <param name="minimumAgeMs">Younger objects are kept. It covers what a generation about to be fenced still reads.</param>
    public static CollectionPlan Plan(
        HeadRecord head,
        ImmutableArray<ManifestReferences> references,
        ImmutableArray<StoredObject> stored,
        long minimumAgeMs = DefaultMinimumAgeMs)
    {
        ArgumentNullException.ThrowIfNull(head);
        Invariant.Holds(minimumAgeMs >= 0, "The minimum age is not negative.");

        var reach = Reach.Of(head, references);
        var deletions = ImmutableArray.CreateBuilder<StoredObject>();
        var kept = ImmutableArray.CreateBuilder<KeptObject>();
        foreach (var item in stored)
        {
            if (reach.KeepReasonOf(item, minimumAgeMs) is { } reason) kept.Add(new KeptObject(item, reason));
            else deletions.Add(item);
        }

        // Data before manifests, old before new: if a pass is cut short, what is left still says what it belongs to.
        deletions.Sort(static (a, b) =>
            (a.Kind, a.Checkpoint).CompareTo((b.Kind, b.Checkpoint)) is var order and not 0
                ? order
                : string.CompareOrdinal(a.Name, b.Name));
        return new CollectionPlan(deletions.ToImmutable(), kept.ToImmutable());
    }

    /// <summary>What the retained manifests reach, as far as is known.</summary>
    private sealed record Reach(
        CheckpointId Newest,
        ImmutableHashSet<string> Manifests,
        ImmutableHashSet<string> Objects,
        CheckpointId DoubtUpTo)
    {
        public static Reach Of(HeadRecord head, ImmutableArray<ManifestReferences> references)
        {
            var objects = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
            var doubt = CheckpointId.None;
            foreach (var manifest in head.Retained)
            {
                if (references.FirstOrDefault(known => known.Manifest == manifest)?.Objects is { } known) objects.UnionWith(known);

                // It can refer to its own folder and, since only changes are written, to any older one.
                else if (manifest.Checkpoint > doubt) doubt = manifest.Checkpoint;
            }

            return new Reach(
                head.Newest?.Checkpoint ?? CheckpointId.None,
                [.. head.Retained.Select(manifest => manifest.Name)],
                objects.ToImmutable(),
                doubt);
        }

        public KeepReason? KeepReasonOf(StoredObject item, long minimumAgeMs) => item switch
        {
            _ when Manifests.Contains(item.Name) => KeepReason.Retained,
            _ when Objects.Contains(item.Name) => KeepReason.Referenced,
            _ when item.Checkpoint > Newest => KeepReason.NotYetCommitted,
            _ when item.Checkpoint <= DoubtUpTo => KeepReason.InDoubt,
            _ when item.AgeMs < minimumAgeMs => KeepReason.Young,
            _ => null,
        };
    }
}
