namespace Gristmill.Checkpoints;

/// <summary>An operator as it was when the checkpoint was taken.</summary>
public sealed record ManifestOperator
{
    /// <summary>How many subtasks it had.</summary>
    public required int Parallelism { get; init; }

    /// <summary>What sort of operator: "source", "keyed", "sink" and the like.</summary>
    public required string Kind { get; init; }

    /// <summary>Its states.</summary>
    public IReadOnlyList<ManifestState> States { get; init; } = [];
}

/// <summary>A state of an operator, with its schema in words.</summary>
/// <param name="Name">The state's name.</param>
/// <param name="Schema">The schema as text, for people; the blocks carry the one that counts.</param>
public sealed record ManifestState(string Name, string Schema);
