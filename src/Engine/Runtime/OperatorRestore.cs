using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;
using Gristmill.Codec;
using Gristmill.Operators;
using Gristmill.State;

namespace Gristmill.Runtime;

/// <summary>What a checkpoint holds of one operator, for one of its subtasks now.</summary>
internal sealed class OperatorRestore(string name, IReadOnlyList<Block> blocks)
{
    public long WatermarkIn { get; init; } = ChainOperator.NoWatermark;

    public long WatermarkOut { get; init; } = ChainOperator.NoWatermark;

    /// <summary>How far its key groups had come; null: no further than <see cref="WatermarkIn"/>.</summary>
    public GroupWatermarks? Groups { get; init; }

    public string Name { get; } = name;

    /// <summary>The blocks of one of its tables, in the order in which they were written.</summary>
    public StateRestore State(string stateName)
        => new(Name, stateName, [.. blocks.Where(block => block.Header.Name == stateName)]);
}

/// <summary>The blocks of one table.</summary>
internal sealed class StateRestore(string name, string table, IReadOnlyList<Block> blocks)
{
    /// <summary>Loads a table whose entries have one state, or none.</summary>
    public void Load<TKey, TValue, THash>(KeyedTable<TKey, TValue, THash> into)
        where THash : struct, IKeyHash<TKey>
        => Load(into, fields => [.. fields.Select(field => new LoadedState(0, field.Schema))]);

    /// <summary>Loads a table.</summary>
    /// <param name="into">The table.</param>
    /// <param name="place">Says where the states of the snapshot go.</param>
    public void Load<TKey, TValue, THash>(KeyedTable<TKey, TValue, THash> into, Func<IReadOnlyList<SchemaField>, IReadOnlyList<LoadedState>> place)
        where THash : struct, IKeyHash<TKey>
    {
        Dictionary<int, int> newestWhole = NewestWhole();
        for (int i = 0; i < blocks.Count; i++)
        {
            BlockHeader header = blocks[i].Header;
            try
            {
                into.BeginLoad(
                    Codecs.For<TKey>(Schema.Decode(header.KeySchema)), place(Schema.Decode(header.ValueSchema).Fields), header.Operator == name && into.IsWrittenAs(header.KeySchema, header.ValueSchema));
                LoadBlock(into, i, newestWhole);
            }
            catch (Exception e) when (e is CorruptDataException or SchemaMismatchException)
            {
                throw new InvalidOperationException($"The checkpoint's state of operator '{name}', {table}, can't be read: {e.Message}", e);
            }
        }
    }

    private void LoadBlock<TKey, TValue, THash>(KeyedTable<TKey, TValue, THash> into, int index, Dictionary<int, int> newestWhole)
        where THash : struct, IKeyHash<TKey>
    {
        var reader = new ByteReader(blocks[index].Payload.Span);
        while (reader.Remaining > 0)
        {
            uint group = reader.ReadUInt32();
            byte kind = reader.ReadByte();
            if (kind > (byte)SectionKind.Changes)
                throw new CorruptDataException($"A section has kind {kind}; this version knows 0 and 1. A newer Gristmill wrote it: use that one.");
            ulong entries = reader.ReadUInt64();
            if (group > int.MaxValue || entries > (ulong)reader.Remaining)
                throw new CorruptDataException(reader.Position, $"a key group and a count of entries within the {reader.Remaining} bytes left", $"group {group} with {entries}");
            into.LoadSection(ref reader, (int)group, (SectionKind)kind, (long)entries, isWanted: index >= newestWhole.GetValueOrDefault((int)group));
        }
    }

    /// <summary>For each key group the newest block that says all there is of it: what those before say is void.</summary>
    private Dictionary<int, int> NewestWhole()
    {
        var newest = new Dictionary<int, int>();
        for (int i = 0; i < blocks.Count; i++)
        {
            BlockHeader header = blocks[i].Header;
            if (header.Kind != BlockKind.Base)
                continue;
            for (int group = header.FirstKeyGroup; group <= Math.Min(header.LastKeyGroup, TableBlock.LastKeyGroup); group++)
                newest[group] = i;
        }

        return newest;
    }
}
