using Gristmill.Checkpoints;

namespace Gristmill.Cli.Checkpoints;

/// <summary>How a table differs. With another schema an entry counts as changed though it may say the same.</summary>
internal sealed record TableDiff(string Operator, string Table)
{
    public long Added { get; set; }

    public long Removed { get; set; }

    public long Changed { get; set; }

    public long Unchanged { get; set; }

    public bool SchemaChanged { get; set; }

    public List<DiffKey> Keys { get; } = [];

    public bool Truncated { get; set; }
}

/// <summary>A key that differs.</summary>
internal sealed record DiffKey(DiffChange Change, int KeyGroup, EncodedValue Key, long? Scope, DateTimeOffset? ScopeTime);

/// <summary>How it differs.</summary>
internal enum DiffChange
{
    Added,
    Removed,
    Changed,
}
