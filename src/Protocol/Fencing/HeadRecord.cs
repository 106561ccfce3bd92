using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>A committed manifest, as the head names it.</summary>
/// <param name="Checkpoint">Its checkpoint.</param>
/// <param name="Name">Where it is stored. It must hold the generation, or a checkpoint begun again after a restart
/// collides with the manifest its predecessor left behind.</param>
/// <param name="Hash">The hash of its content, so that no other manifest passes for it.</param>
public sealed record ManifestRef(CheckpointId Checkpoint, string Name, string Hash)
{
    /// <summary>When it was committed, in milliseconds since 1970 by the clock of who did; null: unknown, which counts as old.</summary>
    public long? CommittedAtMs { get; init; }
}

/// <summary>
/// The one small object whose compare-and-swap is the commit. It also lists the retained older manifests: whether a
/// manifest was ever committed cannot be seen from its file, since an aborted checkpoint can leave one as well.
/// </summary>
/// <param name="Generation">The generation that owns the job.</param>
/// <param name="Newest">The newest committed checkpoint; null before the first.</param>
/// <param name="Older">The committed ones before it that are retained, newest first.</param>
/// <param name="Version">One more with every swap. No two different contents of the head have the same one.</param>
public sealed record HeadRecord(
    Generation Generation,
    ManifestRef? Newest,
    ImmutableArray<ManifestRef> Older,
    long Version)
{
    /// <summary>By which policy the last commit chose the older ones; null: unknown. It decides nothing, it only tells.</summary>
    public RetentionPolicy? Policy { get; init; }

    /// <summary>
    /// What tells this job's epochs from those of another start from nothing, or of another store: the same for as long as
    /// each checkpoint follows from the one before. Null: written before there were any.
    /// </summary>
    public string? Lineage { get; init; }

    /// <summary>All retained committed manifests, newest first.</summary>
    public IEnumerable<ManifestRef> Retained => Newest is null ? [] : Older.IsDefaultOrEmpty ? [Newest] : [Newest, .. Older];

    /// <inheritdoc />
    public bool Equals(HeadRecord? other) =>
        other is not null
        && Generation == other.Generation
        && Version == other.Version
        && Newest == other.Newest
        && Policy == other.Policy
        && Lineage == other.Lineage
        && Older.AsSpan().SequenceEqual(other.Older.AsSpan());

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Generation, Version, Newest);
}
