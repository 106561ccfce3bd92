using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;
using Gristmill.Codec;
using Gristmill.Operators;
using Gristmill.State;

namespace Gristmill.Runtime;

/// <summary>What a checkpoint holds of one operator, or a part of it, for one of its subtasks now.</summary>
/// <param name="name">The operator.</param>
/// <param name="blocks">Blocks of its tables and their places among all of them, in the order in which they were written.</param>
/// <param name="newest">What of all blocks counts.</param>
internal sealed class OperatorRestore(string name, IReadOnlyList<(Block Block, int Place)> blocks, NewestWhole newest)
{
    public long WatermarkIn { get; init; } = ChainOperator.NoWatermark;

    public long WatermarkOut { get; init; } = ChainOperator.NoWatermark;

    /// <summary>How far its key groups had come; null: no further than <see cref="WatermarkIn"/>.</summary>
    public GroupWatermarks? Groups { get; init; }

    /// <summary>Whether the tables hold an older checkpoint's entries, which whole groups replace; then all blocks are there at once.</summary>
    public bool ReplacesOlder { get; init; }

    public string Name { get; } = name;

    /// <summary>The blocks of one of its tables, in the order in which they were written.</summary>
    public StateRestore State(string stateName)
        => new(Name, stateName, [.. blocks.Where(block => block.Block.Header.Name == stateName)], newest, ReplacesOlder);
}

/// <summary>The blocks of one table.</summary>
internal sealed class StateRestore(string name, string table, IReadOnlyList<(Block Block, int Place)> blocks, NewestWhole newest, bool replacesOlder)
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
        if (replacesOlder)
        {
            foreach (int group in newest.GroupsOf(table))
                into.ClearGroup(group);
        }

        foreach ((Block block, int at) in blocks)
        {
            BlockHeader header = block.Header;
            try
            {
                into.BeginLoad(
                    Codecs.For<TKey>(Schema.Decode(header.KeySchema)), place(Schema.Decode(header.ValueSchema).Fields), header.Operator == name && into.IsWrittenAs(header.KeySchema, header.ValueSchema));
                LoadBlock(into, block, at);
            }
            catch (Exception e) when (e is CorruptDataException or SchemaMismatchException)
            {
                throw new InvalidOperationException($"The checkpoint's state of operator '{name}', {table}, can't be read: {e.Message}", e);
            }
        }
    }

    private void LoadBlock<TKey, TValue, THash>(KeyedTable<TKey, TValue, THash> into, Block block, int at)
        where THash : struct, IKeyHash<TKey>
    {
        var reader = new ByteReader(block.Payload.Span);
        while (reader.Remaining > 0)
        {
            uint group = reader.ReadUInt32();
            byte kind = reader.ReadByte();
            if (kind > (byte)SectionKind.Changes)
                throw new CorruptDataException($"A section has kind {kind}; this version knows 0 and 1. A newer Gristmill wrote it: use that one.");
            ulong entries = reader.ReadUInt64();
            if (group > int.MaxValue || entries > (ulong)reader.Remaining)
                throw new CorruptDataException(reader.Position, $"a key group and a count of entries within the {reader.Remaining} bytes left", $"group {group} with {entries}");
            into.LoadSection(ref reader, (int)group, (SectionKind)kind, (long)entries, isWanted: at >= newest.Of(table, (int)group));
        }
    }
}

/// <summary>For each key group of an operator's tables the newest block that says all there is of it: what those before say is void.</summary>
internal sealed class NewestWhole
{
    private readonly Dictionary<(string Table, int Group), int> _newest = [];

    /// <summary>Looks through what the manifest says of the blocks.</summary>
    /// <param name="infos">All blocks of the operator, in the order in which they were written.</param>
    public NewestWhole(IReadOnlyList<BlockInfo> infos)
    {
        for (int at = 0; at < infos.Count; at++)
        {
            if (infos[at].Kind != BlockKind.Base)
                continue;
            for (int group = infos[at].FirstKeyGroup; group <= Math.Min(infos[at].LastKeyGroup, TableBlock.LastKeyGroup); group++)
                _newest[(infos[at].Name, group)] = at;
        }
    }

    /// <summary>The key groups of a table of which some block says all there is.</summary>
    public IEnumerable<int> GroupsOf(string table) => _newest.Keys.Where(key => key.Table == table).Select(key => key.Group);

    /// <summary>Where among the blocks it is; 0 if all of them count.</summary>
    public int Of(string table, int group) => _newest.GetValueOrDefault((table, group));
}
