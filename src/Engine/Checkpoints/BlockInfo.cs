namespace Gristmill.Checkpoints;

/// <summary>A block as the manifest lists it: whose it is, where it lies, and its hash.</summary>
public sealed record BlockInfo
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

    /// <summary>The object it lies in.</summary>
    public required string File { get; init; }

    /// <summary>Where in the object it begins.</summary>
    public required long Offset { get; init; }

    /// <summary>Its length, its own header included.</summary>
    public required long Length { get; init; }

    /// <summary>Whether it holds keyed state, which later checkpoints may go on using.</summary>
    internal bool IsState => Kind is BlockKind.Base or BlockKind.Delta;

    /// <summary>SHA-256 over the whole block, header included, as lower-case hex.</summary>
    public required string Hash { get; init; }
}
