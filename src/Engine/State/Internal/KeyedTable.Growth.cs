namespace Gristmill.State;

/// <content>Growth, a key group at a time.</content>
internal sealed unsafe partial class KeyedTable<TKey, TValue, THash>
{
    /// <summary>Doubles a group's array, or only sweeps out the dead where they are what fills it.</summary>
    /// <param name="group">The group.</param>
    /// <param name="more">How many entries are about to come.</param>
    private void Rearrange(int group, int more = 1)
    {
        // Slots change: what the snapshot in progress still needs of this group is written now. A group is small.
        if (_snapshotting)
            FinishGroup(group);

        ref TableGroup<TKey, TValue> owner = ref _groups[group];
        EntryBlock<Entry<TKey, TValue>> old = owner.Block;
        int kept = CountKept(old);
        int capacity = kept + more == 0 ? 0 : SmallestCapacity;
        while (MostUsed(capacity) * 2 / 3 < kept + more)
            capacity *= 2;
        EntryBlock<Entry<TKey, TValue>> block = capacity == 0 ? NoEntries : TakeBlock(capacity);
        byte[] marks = _cold is null ? [] : new byte[capacity];
        int[] newSlots = _columns.Count == 0 ? [] : new int[old.Length];
        owner.Dirty.Clear();
        for (int slot = 0; slot < old.Length; slot++)
        {
            ref Entry<TKey, TValue> entry = ref EntryAt(old.Address, slot);
            int moved = IsKept(in entry) ? Place(block, in entry) : -1;
            if (moved >= 0 && (uint)entry.Control == Epoch && !_isDense)
                owner.Dirty.Add(moved, capacity);
            if (newSlots.Length != 0)
                newSlots[slot] = moved;
            if (moved >= 0 && _cold is not null)
                marks[moved] = _marks[group][slot];
        }

        if (_cold is not null)
            _marks[group] = marks;

        foreach (StateColumn column in _columns)
            column.Move(group, capacity, old == NoEntries ? [] : newSlots);
        UseBlock(group, block);
        owner.Used = kept;
        if (old != NoEntries)
            GiveBack(old);
    }

    /// <summary>How many slots may be taken. Small groups stay half empty: their memory is little and collisions would be most of a look-up's cost.</summary>
    private static int MostUsed(int capacity) => capacity <= LargestSparse ? capacity / 2 : capacity / 4 * 3;

    private static int Place(EntryBlock<Entry<TKey, TValue>> block, in Entry<TKey, TValue> entry)
    {
        int mask = block.Length - 1;
        int slot = (int)THash.Hash(in entry.Key) & mask;
        while (EntryAt(block.Address, slot).Control != 0)
            slot = (slot + 1) & mask;
        EntryAt(block.Address, slot) = entry;
        return slot;
    }

    private int CountKept(EntryBlock<Entry<TKey, TValue>> block)
    {
        int kept = 0;
        for (int slot = 0; slot < block.Length; slot++)
            kept += IsKept(in EntryAt(block.Address, slot)) ? 1 : 0;
        return kept;
    }

    /// <summary>The living, and the dead whose deletion the next snapshot has to tell.</summary>
    private bool IsKept(in Entry<TKey, TValue> entry)
        => (entry.Control & PresenceMask) != 0
            || (_options.Incremental && entry.Control != 0 && (uint)entry.Control > _since);
}
