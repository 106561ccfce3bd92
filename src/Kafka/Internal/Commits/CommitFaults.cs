namespace Gristmill.Kafka.Internal;

/// <summary>Mutants that tests plant in the commit protocol, to see that the model finds them.</summary>
[Flags]
internal enum CommitFaults
{
    /// <summary>The code as it is meant.</summary>
    None = 0,

    /// <summary>Output is written before the head has moved.</summary>
    CommitBeforeHead = 1 << 0,

    /// <summary>The epoch is not recorded in the transaction.</summary>
    EpochNotRecorded = 1 << 1,

    /// <summary>The epoch is recorded on its own, before the transaction.</summary>
    EpochRecordedOutside = 1 << 2,

    /// <summary>A session begins without asking the broker which epoch is out.</summary>
    NeverAsk = 1 << 3,

    /// <summary>A new generation goes on with the transactional id as it finds it.</summary>
    NeverInitialise = 1 << 4,

    /// <summary>The question comes before older producers are fenced.</summary>
    AskBeforeInitialise = 1 << 5,

    /// <summary>A commit without an answer counts as made.</summary>
    LostIsDone = 1 << 6,

    /// <summary>A commit without an answer counts as not made.</summary>
    LostIsNotDone = 1 << 7,

    /// <summary>All lineages share one record.</summary>
    IgnoreLineage = 1 << 8,

    /// <summary>A record the broker has forgotten means that nothing is out.</summary>
    ForgottenIsNotOut = 1 << 9,

    /// <summary>Epochs of an older copy of the checkpoints count as out.</summary>
    TrustOlderCopy = 1 << 10,
}
