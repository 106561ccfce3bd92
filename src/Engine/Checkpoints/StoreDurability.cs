namespace Gristmill.Checkpoints;

/// <summary>What a store outlives; a cluster warns when that is less than a worker's death.</summary>
public enum StoreDurability
{
    /// <summary>Gone with the process.</summary>
    Memory,

    /// <summary>Survives the process and a power failure, but is lost, or out of reach, with its machine.</summary>
    LocalDisk,

    /// <summary>Reachable from every worker, whichever dies.</summary>
    Shared,
}
