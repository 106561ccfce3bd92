namespace Gristmill.Checkpoints;

/// <summary>What an object's name stands for.</summary>
/// <param name="Kind">What sort of object.</param>
/// <param name="Job">Its job; empty when unknown.</param>
/// <param name="Checkpoint">Its checkpoint, or -1.</param>
/// <param name="Generation">The generation that wrote it, or -1.</param>
/// <param name="Node">The node that wrote it, or -1.</param>
public readonly record struct CheckpointObject(CheckpointObjectKind Kind, string Job, long Checkpoint, long Generation, int Node);

/// <summary>What sort of object a name stands for.</summary>
public enum CheckpointObjectKind
{
    /// <summary>Not one of Gristmill's; never touched.</summary>
    Other,

    /// <summary>The manifest of a checkpoint.</summary>
    Manifest,

    /// <summary>A node's blocks of a checkpoint.</summary>
    NodeFile,

    /// <summary>Part of a savepoint.</summary>
    Savepoint,

    /// <summary>A job's history.</summary>
    History,
}
