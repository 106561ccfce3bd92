using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>What the host found when it verified a manifest and everything it refers to.</summary>
public enum ManifestHealth
{
    /// <summary>All there, all hashes right.</summary>
    Good = 0,

    /// <summary>It, or something it refers to, is not there.</summary>
    Missing,

    /// <summary>It, or something it refers to, is not what was written.</summary>
    Damaged,

    /// <summary>It could not be read this time: an I/O error, which says nothing about what is stored.</summary>
    Unreadable,
}

/// <summary>The verification of one candidate.</summary>
/// <param name="Manifest">The candidate, as the head names it.</param>
/// <param name="Health">What was found.</param>
/// <param name="Detail">Which part, for the log.</param>
public sealed record ManifestCheck(ManifestRef Manifest, ManifestHealth Health, string Detail = "");

/// <summary>What a new generation starts from.</summary>
public abstract record RecoveryDecision
{
    private protected RecoveryDecision()
    {
    }

    /// <summary>Nothing was ever committed: start from the beginning.</summary>
    public sealed record StartEmpty(CheckpointId FirstCheckpoint) : RecoveryDecision;

    /// <summary>Verify this candidate and ask again with the result.</summary>
    public sealed record Verify(ManifestRef Candidate) : RecoveryDecision;

    /// <summary>Restore the newest committed checkpoint. Publish what it says is staged before anything runs.</summary>
    public sealed record Restore(ManifestRef Manifest, CheckpointId FirstCheckpoint) : RecoveryDecision;

    /// <summary>
    /// Restore an older one, and log all of this at the highest level: the results of what was skipped are computed again,
    /// and where they were published they are published twice.
    /// </summary>
    /// <param name="Manifest">What to restore, publishing what it says is staged first.</param>
    /// <param name="FirstCheckpoint">The first number the new generation may use. Above all that were ever committed: a sink
    /// that has applied a number takes a second checkpoint of that number for a repetition, and drops it.</param>
    /// <param name="Skipped">The newer candidates and what is wrong with each.</param>
    /// <param name="VisibleAgain">Committed checkpoints newer than the restored one. Their output was published, or must be
    /// assumed to be.</param>
    public sealed record FallBack(
        ManifestRef Manifest,
        CheckpointId FirstCheckpoint,
        ImmutableArray<ManifestCheck> Skipped,
        ImmutableArray<CheckpointId> VisibleAgain) : RecoveryDecision;

    /// <summary>
    /// Try again later, from the verification on: this candidate may be sound. Falling back because of an I/O error would
    /// repeat published output for nothing.
    /// </summary>
    public sealed record Wait(ManifestCheck Unreadable) : RecoveryDecision;

    /// <summary>No retained checkpoint can be restored; a human must decide.</summary>
    public sealed record GiveUp(ImmutableArray<ManifestCheck> Skipped) : RecoveryDecision;
}
