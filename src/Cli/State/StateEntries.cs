using System.Runtime.CompilerServices;
using Gristmill.Checkpoints;
using Gristmill.Cli.Selection;
using Gristmill.Cli.Values;
using Gristmill.Codec;

namespace Gristmill.Cli.State;

/// <summary>Reads what a checkpoint holds of one operator.</summary>
internal sealed class StateEntries
{
    private readonly CheckpointReader _reader;
    private readonly string _operator;
    private readonly IReadOnlyList<string> _tables;

    // The blocks of a table share few schemas; the key is read once for each.
    private readonly Dictionary<Schema, object?> _keys = new(ReferenceEqualityComparer.Instance);

    private StateEntries(CheckpointReader reader, string operatorName, IReadOnlyList<string> tables)
    {
        _reader = reader;
        _operator = operatorName;
        _tables = tables;
    }

    /// <summary>Opens the state of an operator.</summary>
    /// <param name="store">The store.</param>
    /// <param name="selected">The checkpoint.</param>
    /// <param name="operatorName">The operator.</param>
    /// <param name="table">Only this table; null: all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UsageException">There is no such operator or table.</exception>
    public static async Task<StateEntries> OpenAsync(ICheckpointStore store, Selected selected, string operatorName, string? table, CancellationToken cancellationToken)
    {
        CheckpointReader reader = await CheckpointReader.OpenAsync(store, selected.Reference, cancellationToken);
        List<string> tables = [.. reader.Tables.Where(one => one.Operator == operatorName).Select(one => one.Name)];
        bool hasState = tables.Count > 0 || (selected.Manifest.Operators.TryGetValue(operatorName, out ManifestOperator? known) && known.States.Count > 0);
        if (!hasState)
        {
            List<string> others = [.. reader.Tables.Select(one => one.Operator).Concat(selected.Manifest.Operators.Where(one => one.Value.States.Count > 0).Select(one => one.Key)).Distinct().Order(StringComparer.Ordinal)];
            throw new UsageException(
                $"--operator is '{operatorName}', and {selected.Title} has no state by key of such an operator; {(others.Count == 0 ? "it has none at all" : $"name one of {Show.Names(others)}")}.");
        }

        if (table is not null && !tables.Contains(table))
            throw new UsageException($"--table is '{table}', and operator '{operatorName}' has no such table in {selected.Title}; {(tables.Count == 0 ? "it has none with entries" : $"it has {Show.Names(tables)}")}.");
        return new StateEntries(reader, operatorName, table is null ? tables : [table]);
    }

    /// <summary>Reads the entries, table after table.</summary>
    /// <param name="key">Only those of this key, as it was typed; null: all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="UsageException">The key does not fit.</exception>
    public async IAsyncEnumerable<AnsweredEntry> ReadAsync(string? key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string table in _tables)
        {
            await foreach (StateEntry entry in _reader.ReadAsync(_operator, table, cancellationToken: cancellationToken))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (key is null || CheckpointReader.KeysEqual(KeyAs(entry.Key.Schema, key), entry.Key.Read()))
                    yield return Describe(table, entry);
            }
        }
    }

    private static AnsweredEntry Describe(string table, StateEntry entry) => new(
        table, entry.KeyGroup, entry.Key, entry.Scope, entry.Scope is { } scope ? Show.FromUnixMs(scope) : null, new Dictionary<string, EncodedValue>(entry.States));

    private object? KeyAs(Schema schema, string text)
    {
        if (!_keys.TryGetValue(schema, out object? key))
            _keys.Add(schema, key = KeyParser.Parse(schema, text));
        return key;
    }
}

/// <summary>
/// An entry in an answer. The scope is the start of its window or the time its timer is due, in milliseconds since 1970 and
/// as a time; null for the state of a processor.
/// </summary>
internal sealed record AnsweredEntry(
    string Table, int KeyGroup, EncodedValue Key, long? Scope, DateTimeOffset? ScopeTime, IReadOnlyDictionary<string, EncodedValue> States);
