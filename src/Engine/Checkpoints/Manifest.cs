using Gristmill.Protocol;

namespace Gristmill.Checkpoints;

/// <summary>
/// The immutable description of a complete checkpoint. It counts only once a head names it: a manifest no head ever named is
/// the remains of a coordinator that lost, and is never restored.
/// </summary>
public sealed record Manifest
{
    /// <summary>The newest format this version writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>The format of this manifest.</summary>
    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>The checkpoint's number.</summary>
    public required long Checkpoint { get; init; }

    /// <summary>The generation that took it.</summary>
    public required long Generation { get; init; }

    /// <summary>When the manifest was written, by the coordinator's clock.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Why it was taken.</summary>
    public required CheckpointKind Kind { get; init; }

    /// <summary>The job's number of key groups, fixed for its life.</summary>
    public required int KeyGroups { get; init; }

    /// <summary>The operators by name.</summary>
    public IReadOnlyDictionary<string, ManifestOperator> Operators { get; init; } = new Dictionary<string, ManifestOperator>();

    /// <summary>Every block a restore needs, in the order to apply them: bases before their deltas.</summary>
    public IReadOnlyList<BlockInfo> Blocks { get; init; } = [];

    /// <summary>Whether the job had ended: there is nothing left to run, only staged output to apply.</summary>
    public bool JobComplete { get; init; }

    /// <summary>The manifest of the checkpoint before, for information.</summary>
    public string? Previous { get; init; }

    /// <summary>The version of Gristmill that wrote it, for information.</summary>
    public string? EngineVersion { get; init; }
}
