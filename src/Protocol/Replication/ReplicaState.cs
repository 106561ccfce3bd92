namespace Gristmill.Protocol;

/// <summary>What a node knows of a replicated store it holds, held or may come to hold.</summary>
public sealed record ReplicaState
{
    /// <summary>A node that has nothing.</summary>
    public static ReplicaState None { get; } = new();

    /// <summary>The highest epoch it was sealed at: it has no part in any older one.</summary>
    public long Promised { get; init; }

    /// <summary>The epoch for which its content is complete; 0: for none.</summary>
    public long ContentEpoch { get; init; }

    /// <summary>What it holds.</summary>
    public ReplicatedContent Content { get; init; } = ReplicatedContent.Empty;

    /// <summary>As primary: the operation that waits for the backup. One at a time, so that the two never differ by more.</summary>
    public ReplicaOperation? Pending { get; init; }

    /// <summary>As primary: the backup has not answered. Whether it has made the operation is open until another epoch begins.</summary>
    public bool BackupLost { get; init; }

    internal ReplicationFaults Faults { get; init; }

    /// <summary>Whether it takes part in an epoch. Who names one has read it in the record: it was chosen.</summary>
    public bool IsIn(long epoch) => Promised == epoch && ContentEpoch == epoch;
}

/// <summary>What a replica says to a call.</summary>
public enum ReplicaAnswer
{
    /// <summary>Yes.</summary>
    Accepted = 0,

    /// <summary>The epoch is over, or never began here: read the record.</summary>
    OtherEpoch,

    /// <summary>The backup does not answer: other replicas are needed.</summary>
    BackupLost,

    /// <summary>An operation waits for the backup: ask again after it.</summary>
    Busy,
}
