namespace Gristmill.Protocol;

/// <summary>Which nodes hold a replicated store from one reconfiguration to the next.</summary>
/// <param name="Epoch">Its number, which no other configuration has; every call names it.</param>
/// <param name="Primary">The node that puts operations in order.</param>
/// <param name="Backup">The node that has each one before it is acknowledged; null: there is one copy only.</param>
public sealed record ReplicaConfiguration(long Epoch, string Primary, string? Backup)
{
    /// <summary>Whether the node is one of them.</summary>
    public bool Has(string node) => node == Primary || node == Backup;
}

/// <summary>
/// What is kept of a replicated store outside its replicas, changed by compare-and-swap only: who writes it must fail if
/// anybody has written it since it was read.
/// </summary>
/// <param name="Reserved">The highest epoch anybody has begun a reconfiguration with.</param>
/// <param name="Current">The configuration in force; null: there was none yet.</param>
public sealed record ReplicationRecord(long Reserved, ReplicaConfiguration? Current)
{
    /// <summary>A store that never was.</summary>
    public static ReplicationRecord None { get; } = new(0, null);
}
