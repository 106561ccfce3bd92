using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>
/// Which checkpoint a new generation starts from. Call it after the head was taken over, first with no checks, then again
/// with one more each time it answers <see cref="RecoveryDecision.Verify"/>: verification reads a lot, so older candidates
/// are verified only once a newer one is known to be bad.
/// </summary>
public static class Recovery
{
    /// <summary>Decides from the head and the verifications made so far.</summary>
    /// <param name="head">The head after the take-over.</param>
    /// <param name="checks">Results so far, in any order. Those of manifests the head does not name are disregarded: they
    /// were never committed, or are of another history of the job.</param>
    public static RecoveryDecision Decide(HeadRecord head, ImmutableArray<ManifestCheck> checks)
    {
        ArgumentNullException.ThrowIfNull(head);
        if (head.Newest is null) return new RecoveryDecision.StartEmpty(CheckpointId.None.Next);

        var first = head.Newest.Checkpoint.Next;
        var skipped = ImmutableArray<ManifestCheck>.Empty;
        foreach (var candidate in head.Retained)
        {
            // The last word counts: a candidate that was unreadable may have been verified again.
            var check = checks.LastOrDefault(check => check.Manifest == candidate);
            switch (check?.Health)
            {
                case null:
                    return new RecoveryDecision.Verify(candidate);
                case ManifestHealth.Unreadable:
                    return new RecoveryDecision.Wait(check);
                case ManifestHealth.Good when skipped.IsEmpty:
                    return new RecoveryDecision.Restore(candidate, first);
                case ManifestHealth.Good:
                    return new RecoveryDecision.FallBack(candidate, first, skipped, VisibleAgain(head, candidate));
                default:
                    skipped = skipped.Add(check);
                    break;
            }
        }

        return new RecoveryDecision.GiveUp(skipped);
    }

    /// <summary>
    /// The head moves on only when the output of the checkpoint it names is published, so all but the newest certainly are.
    /// The newest may be; nobody can tell from here, and saying too much is the safe side.
    /// </summary>
    private static ImmutableArray<CheckpointId> VisibleAgain(HeadRecord head, ManifestRef restored) =>
    [
        .. head.Retained.Select(manifest => manifest.Checkpoint).Where(id => id > restored.Checkpoint).Order(),
    ];
}
