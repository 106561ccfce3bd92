namespace Gristmill.Checkpoints;

/// <summary>What a block says of itself, so that a file can be read without its manifest.</summary>
public sealed record BlockHeader
{
    /// <summary>The operator's name.</summary>
    public required string Operator { get; init; }

    /// <summary>The state's name, or "positions", "staged", "inflight" and the like.</summary>
    public required string Name { get; init; }

    /// <summary>What the block holds.</summary>
    public required BlockKind Kind { get; init; }

    /// <summary>The parallel instance that wrote it.</summary>
    public required int Subtask { get; init; }

    /// <summary>The first key group in it; 0 where there are none.</summary>
    public int FirstKeyGroup { get; init; }

    /// <summary>The last key group in it, inclusive; -1 where there are none.</summary>
    public int LastKeyGroup { get; init; } = -1;

    /// <summary>How many entries it holds.</summary>
    public long Entries { get; init; }

    /// <summary>The encoded schema of its keys; empty where it has none.</summary>
    public byte[] KeySchema { get; init; } = [];

    /// <summary>The encoded schema of its values; empty where it has none.</summary>
    public byte[] ValueSchema { get; init; } = [];
}
