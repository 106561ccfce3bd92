using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.Operators;
using Gristmill.State;

namespace Gristmill.Runtime;

/// <summary>What a checkpoint holds of one operator, for one of its subtasks now.</summary>
internal sealed class OperatorRestore(string name, IReadOnlyList<(BlockHeader Header, ReadOnlyMemory<byte> Payload)> blocks)
{
    public long WatermarkIn { get; init; } = ChainOperator.NoWatermark;

    public long WatermarkOut { get; init; } = ChainOperator.NoWatermark;

    public string Name { get; } = name;

    /// <summary>The blocks of one of its tables.</summary>
    public StateRestore State(string stateName)
        => new($"operator '{Name}', {stateName}", [.. blocks.Where(block => block.Header.Kind == BlockKind.Base && block.Header.Name == stateName)]);
}

/// <summary>The blocks of one table.</summary>
internal sealed class StateRestore(string what, IReadOnlyList<(BlockHeader Header, ReadOnlyMemory<byte> Payload)> blocks)
{
    /// <summary>Loads a table whose entries have one state, or none.</summary>
    public void Load<TKey, TValue, THash>(KeyedTable<TKey, TValue, THash> table, Action<TKey, ulong>? loaded)
        where THash : struct, IKeyHash<TKey>
        => Load(table, fields => [.. fields.Select(field => new LoadedState(0, field.Schema))], loaded);

    /// <summary>Loads a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="place">Says where the states of the snapshot go.</param>
    /// <param name="loaded">Told each key and its hash.</param>
    public void Load<TKey, TValue, THash>(
        KeyedTable<TKey, TValue, THash> table,
        Func<IReadOnlyList<SchemaField>, IReadOnlyList<LoadedState>> place,
        Action<TKey, ulong>? loaded)
        where THash : struct, IKeyHash<TKey>
    {
        foreach ((BlockHeader header, ReadOnlyMemory<byte> payload) in blocks)
        {
            try
            {
                table.BeginLoad(Codecs.For<TKey>(Schema.Decode(header.KeySchema)), place(Schema.Decode(header.ValueSchema).Fields));
                LoadBlock(table, payload.Span, loaded);
            }
            catch (Exception e) when (e is CorruptDataException or SchemaMismatchException)
            {
                throw new InvalidOperationException($"The checkpoint's state of {what} can't be read: {e.Message}", e);
            }
        }
    }

    private static void LoadBlock<TKey, TValue, THash>(KeyedTable<TKey, TValue, THash> table, ReadOnlySpan<byte> payload, Action<TKey, ulong>? loaded)
        where THash : struct, IKeyHash<TKey>
    {
        var reader = new ByteReader(payload);
        while (reader.Remaining > 0)
        {
            int group = checked((int)reader.ReadUInt32());
            byte kind = reader.ReadByte();
            if (kind != 0)
                throw new CorruptDataException($"A section has kind {kind}; this version knows 0. A newer Gristmill wrote it: use that one.");
            long entries = checked((long)reader.ReadUInt64());
            table.LoadSection(ref reader, group, entries, loaded);
        }
    }
}
