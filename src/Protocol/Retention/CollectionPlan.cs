using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>What an object under a checkpoint's folder is.</summary>
public enum StoredKind
{
    /// <summary>State, staged output, records in flight.</summary>
    Data = 0,

    /// <summary>A manifest.</summary>
    Manifest,
}

/// <summary>An object a listing of the store showed.</summary>
/// <param name="Name">Its name, as manifests refer to it.</param>
/// <param name="Checkpoint">The checkpoint in whose folder it lies.</param>
/// <param name="Kind">What it is.</param>
/// <param name="AgeMs">Time since it was last written, by the store's clock if it has one.</param>
public sealed record StoredObject(string Name, CheckpointId Checkpoint, StoredKind Kind, long AgeMs);

/// <summary>What a retained manifest refers to.</summary>
/// <param name="Manifest">The manifest, as the head names it.</param>
/// <param name="Objects">The names of all objects it needs, in whatever folder; null: it could not be read.</param>
public sealed record ManifestReferences(ManifestRef Manifest, ImmutableHashSet<string>? Objects);

/// <summary>Why an object is kept.</summary>
public enum KeepReason
{
    /// <summary>It is a retained manifest.</summary>
    Retained = 0,

    /// <summary>A retained manifest refers to it.</summary>
    Referenced,

    /// <summary>It is newer than the newest committed checkpoint: perhaps part of one on its way.</summary>
    NotYetCommitted,

    /// <summary>A retained manifest that cannot be read may refer to it.</summary>
    InDoubt,

    /// <summary>It is younger than the minimum age.</summary>
    Young,
}

/// <summary>An object that is kept, and why.</summary>
/// <param name="Object">The object.</param>
/// <param name="Reason">The first reason that applies.</param>
public readonly record struct KeptObject(StoredObject Object, KeepReason Reason);

/// <summary>What a retention pass does.</summary>
/// <param name="Deletions">What to delete, in this order; stop at the first failure and start over next time.</param>
/// <param name="Kept">What stays, and why.</param>
public sealed record CollectionPlan(ImmutableArray<StoredObject> Deletions, ImmutableArray<KeptObject> Kept);
