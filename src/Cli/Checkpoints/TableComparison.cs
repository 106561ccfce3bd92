using Gristmill.Checkpoints;
using Gristmill.Codec;

namespace Gristmill.Cli.Checkpoints;

/// <summary>Compares a table of two checkpoints by the bytes of keys and values. Holds one key group of each at a time.</summary>
internal sealed class TableComparison
{
    private readonly TableDiff _diff;
    private readonly int _mostKeys;

    private TableComparison(TableDiff diff, int mostKeys)
    {
        _diff = diff;
        _mostKeys = mostKeys;
    }

    /// <summary>Compares a table.</summary>
    /// <param name="left">The first checkpoint.</param>
    /// <param name="right">The second.</param>
    /// <param name="operatorName">The operator.</param>
    /// <param name="table">The table.</param>
    /// <param name="mostKeys">How many keys that differ are noted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<TableDiff> RunAsync(
        CheckpointReader left, CheckpointReader right, string operatorName, string table, int mostKeys, CancellationToken cancellationToken)
    {
        var comparison = new TableComparison(new TableDiff(operatorName, table), mostKeys);
        await using var before = new GroupCursor(left.ReadAsync(operatorName, table, cancellationToken: cancellationToken));
        await using var after = new GroupCursor(right.ReadAsync(operatorName, table, cancellationToken: cancellationToken));
        await before.StartAsync();
        await after.StartAsync();
        while (Math.Min(before.Group, after.Group) is var group and < GroupCursor.End)
        {
            cancellationToken.ThrowIfCancellationRequested();
            comparison.Compare(await before.TakeAsync(group), await after.TakeAsync(group));
        }

        return comparison._diff;
    }

    private void Compare(Dictionary<EntryKey, StateEntry> before, Dictionary<EntryKey, StateEntry> after)
    {
        foreach ((EntryKey key, StateEntry old) in before)
        {
            if (!after.TryGetValue(key, out StateEntry? now))
            {
                _diff.Removed++;
                Note(DiffChange.Removed, old);
            }
            else if (Same(old, now))
            {
                _diff.Unchanged++;
            }
            else
            {
                _diff.Changed++;
                Note(DiffChange.Changed, now);
            }
        }

        foreach ((EntryKey key, StateEntry now) in after)
        {
            if (before.ContainsKey(key))
                continue;
            _diff.Added++;
            Note(DiffChange.Added, now);
        }
    }

    private bool Same(StateEntry old, StateEntry now)
    {
        bool sameSchemas = Same(old.Key.Schema, now.Key.Schema);
        bool same = old.States.Count == now.States.Count;
        foreach ((string name, EncodedValue value) in old.States)
        {
            EncodedValue? other = null;
            foreach ((string otherName, EncodedValue otherValue) in now.States)
            {
                if (otherName == name)
                    other = otherValue;
            }

            sameSchemas &= other is null || Same(value.Schema, other.Value.Schema);
            same &= other is not null && value.Bytes.Span.SequenceEqual(other.Value.Bytes.Span);
        }

        _diff.SchemaChanged |= !sameSchemas;
        return same && sameSchemas;
    }

    // The entries of a block share a schema, so that nearly always the reference tells.
    private static bool Same(Schema a, Schema b) => a.Equals(b);

    private void Note(DiffChange change, StateEntry entry)
    {
        if (_diff.Keys.Count < _mostKeys)
            _diff.Keys.Add(new DiffKey(change, entry.KeyGroup, Copy(entry.Key), entry.Scope, entry.Scope is { } scope ? Show.FromUnixMs(scope) : null));
        else
            _diff.Truncated |= _mostKeys > 0;
    }

    /// <summary>A note outlives its block.</summary>
    private static EncodedValue Copy(EncodedValue value) => value with { Bytes = value.Bytes.ToArray() };
}
