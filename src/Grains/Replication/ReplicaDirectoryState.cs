namespace Gristmill.Grains;

/// <summary>What grain storage keeps of a store: the protocol's record.</summary>
[GenerateSerializer]
[Alias("Gristmill.ReplicaDirectoryState")]
internal sealed record ReplicaDirectoryState
{
    /// <summary>The highest epoch a reconfiguration has begun with.</summary>
    [Id(0)]
    public long Reserved { get; set; }

    /// <summary>The epoch in force; 0: none.</summary>
    [Id(1)]
    public long Epoch { get; set; }

    /// <summary>Its primary silo.</summary>
    [Id(2)]
    public string? Primary { get; set; }

    /// <summary>Its backup silo; null: there is one copy only.</summary>
    [Id(3)]
    public string? Backup { get; set; }
}
