namespace Gristmill.Protocol;

/// <summary>
/// Who owns a job, and whether a swap of the head has happened. The store does the compare-and-swap, against the whole
/// record (or its ETag) that was read; everything around it is decided here.
/// </summary>
public static class Fence
{
    /// <summary>Whether a message of one generation means anything to another: only its own does.</summary>
    public static bool Accepts(Generation own, Generation message) => own == message;

    /// <summary>
    /// The head with which a host takes the job over from whoever had it, or takes it for the first time (null).
    /// It owns the next generation only if the swap is known to have happened (<see cref="JudgeTakeOver"/>).
    /// </summary>
    public static HeadRecord TakeOver(HeadRecord? head) =>
        head is null
            ? new HeadRecord(Generation.None.Next, null, [], 1)
            : head with { Generation = head.Generation.Next, Version = checked(head.Version + 1) };

    /// <summary>
    /// What a swap meant for a take-over. Two hosts that take over from the same head ask for the very same record, so
    /// finding it there proves nothing: unless the swap itself said yes, the host reads the head and takes over again
    /// from that. Generations are cheap.
    /// </summary>
    public static TakeOverOutcome JudgeTakeOver(CasResult result) =>
        result == CasResult.Moved ? TakeOverOutcome.Owned : TakeOverOutcome.TryAgain;

    /// <summary>The head that commits a manifest, or null: the head is not this generation's any more.</summary>
    /// <param name="head">The head as this generation last wrote or read it.</param>
    /// <param name="generation">The generation that commits.</param>
    /// <param name="manifest">The manifest, which is stored.</param>
    /// <param name="policy">Which of the manifests committed before the head goes on listing.</param>
    /// <param name="nowMs">The time, which becomes that of the commit: milliseconds since 1970.</param>
    public static HeadRecord? Commit(HeadRecord head, Generation generation, ManifestRef manifest, RetentionPolicy policy, long nowMs)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(policy);
        if (!Accepts(head.Generation, generation)) return null;

        Invariant.Holds(
            head.Newest is null || manifest.Checkpoint > head.Newest.Checkpoint,
            "The head only moves to a newer checkpoint.");
        var newest = manifest with { CommittedAtMs = nowMs };
        return head with
        {
            Newest = newest,
            Older = policy.Keep(head.Retained.Prepend(newest), nowMs).RemoveAt(0),
            Policy = policy,
            Version = checked(head.Version + 1),
        };
    }

    /// <summary>
    /// What a swap meant for a commit. A refusal is no proof of a rival: a client that retries inside can be refused
    /// because its own first attempt went through. Only the head itself tells.
    /// </summary>
    public static CommitOutcome JudgeCommit(CasResult result) =>
        result == CasResult.Moved ? CommitOutcome.Committed : CommitOutcome.ReadHead;

    /// <summary>What the head, read again after a commit's swap was refused or its outcome unknown, says about it.</summary>
    /// <param name="expected">The head the swap was to replace.</param>
    /// <param name="wanted">The head the swap was to write.</param>
    /// <param name="found">The head as it is.</param>
    public static CommitOutcome JudgeCommit(HeadRecord expected, HeadRecord wanted, HeadRecord? found)
    {
        ArgumentNullException.ThrowIfNull(expected);
        ArgumentNullException.ThrowIfNull(wanted);

        // Only the owner of a generation writes heads of it, so this one is ours.
        if (wanted.Equals(found)) return CommitOutcome.Committed;
        if (found is not null && found.Generation > wanted.Generation) return CommitOutcome.Fenced;

        // Not moved as far as one can see; but a swap whose answer was lost may still be on its way.
        // Only a take-over, which changes what that swap expects, makes sure that it never happens.
        return CommitOutcome.Unknown;
    }
}

/// <summary>What a store says about a compare-and-swap of the head.</summary>
public enum CasResult
{
    /// <summary>Swapped.</summary>
    Moved = 0,

    /// <summary>Not swapped: the head was not as expected.</summary>
    Refused,

    /// <summary>An I/O error: swapped, not swapped, or still to be swapped.</summary>
    Unknown,
}

/// <summary>Whether a host owns the generation it asked for.</summary>
public enum TakeOverOutcome
{
    /// <summary>It does, until somebody takes over.</summary>
    Owned = 0,

    /// <summary>It may not act on it: read the head and take over again.</summary>
    TryAgain,
}

/// <summary>Whether a checkpoint is committed.</summary>
public enum CommitOutcome
{
    /// <summary>It is: <see cref="CoordinatorEvent.HeadMoved"/>.</summary>
    Committed = 0,

    /// <summary>Read the head and ask again; if it cannot be read, it is <see cref="Unknown"/>.</summary>
    ReadHead,

    /// <summary>A newer generation owns the job: <see cref="CoordinatorEvent.HeadLost"/>.</summary>
    Fenced,

    /// <summary>Nobody knows: <see cref="CoordinatorEvent.HeadUnknown"/>.</summary>
    Unknown,
}
