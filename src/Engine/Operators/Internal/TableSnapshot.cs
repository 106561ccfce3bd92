using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.Runtime;
using Gristmill.State;

namespace Gristmill.Operators;

/// <summary>Writes one table's part of a subtask's snapshot, slice by slice.</summary>
internal sealed class TableSnapshot<TKey, TValue, THash>(KeyedTable<TKey, TValue, THash> table, BlockHeader header)
    where THash : struct, IKeyHash<TKey>
{
    private SnapshotBlocks? _blocks;

    public void Freeze(SubtaskSnapshot snapshot)
    {
        table.Freeze(Epochs.Stamp(snapshot.Checkpoint));
        _blocks = new SnapshotBlocks(snapshot, header);
    }

    public bool WriteSlice(int entries)
    {
        if (_blocks is null)
            return true;
        if (!table.WriteSlice(_blocks, entries))
            return false;
        _blocks.Complete(table.HasHistory);
        _blocks = null;
        return true;
    }

    public void Committed(long checkpoint) => table.Committed(Epochs.Stamp(checkpoint));

    public void Abandon()
    {
        table.AbandonSnapshot();
        _blocks = null;
    }
}

internal static class Epochs
{
    /// <summary>The stamp of an epoch in tables: one more than its number, so that no stamp is 0 and none before the first.</summary>
    public static uint Stamp(long checkpoint) => checked((uint)checkpoint + 1);
}

internal static class TableSnapshot
{
    public static TableSnapshot<TKey, TValue, THash> Of<TKey, TValue, THash>(
        KeyedTable<TKey, TValue, THash> table, string operatorName, string stateName, int subtask, Schema key, IEnumerable<SchemaField> states)
        where THash : struct, IKeyHash<TKey>
    {
        table.Written = Schema.Record("states", states).Encode();
        return new(table, new BlockHeader
        {
            Operator = operatorName,
            Name = stateName,
            Kind = BlockKind.Base,
            Subtask = subtask,
            KeySchema = key.Encode(),
            ValueSchema = table.Written,
        });
    }
}
