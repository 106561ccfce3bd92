namespace Gristmill.Protocol;

/// <summary>
/// How a store gets other replicas: an epoch is reserved, one replica of the configuration in force is sealed at it, what that
/// one holds is copied to the other node, and the configuration is written if nobody has written the record since. Two who try
/// at once have two epochs, and the record takes only one of them.
/// </summary>
public static class Reconfiguration
{
    /// <summary>The record to write before anybody is sealed.</summary>
    /// <param name="record">The record as read.</param>
    /// <param name="highestSeen">The highest epoch any replica is known to have promised; more than the record says if the record was lost.</param>
    public static ReplicationRecord Reserve(ReplicationRecord record, long highestSeen = 0)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record with { Reserved = checked(Math.Max(record.Reserved, highestSeen) + 1) };
    }

    /// <summary>
    /// Whether what a sealed replica holds may become the next configuration's. All complete content of the epoch in force, or of one
    /// tried after it, has every acknowledged operation.
    /// </summary>
    public static bool CanBeSource(ReplicationRecord record, string node, long contentEpoch)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.Current is { } current && current.Has(node) && contentEpoch >= current.Epoch;
    }

    /// <summary>The record that puts a configuration in force, once all its replicas have the content.</summary>
    /// <param name="reserved">The record as written when the epoch was reserved: nobody has written it since.</param>
    /// <param name="primary">The node sealed at that epoch.</param>
    /// <param name="backup">The node its content was copied to.</param>
    public static ReplicationRecord Choose(ReplicationRecord reserved, string primary, string? backup)
    {
        ArgumentNullException.ThrowIfNull(reserved);
        Invariant.Holds(reserved.Current is null || reserved.Reserved > reserved.Current.Epoch, "An epoch is reserved before a configuration is chosen.");
        Invariant.Holds(primary != backup, "Two copies are on two nodes.");
        return reserved with { Current = new ReplicaConfiguration(reserved.Reserved, primary, backup) };
    }
}
