using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Gristmill.Codec;
using Gristmill.Protocol;

namespace Gristmill.State;

/// <summary>
/// The one container of keyed state: open addressing with linear probing, a table a key group. It tracks what an
/// epoch changes as part of the first touch (stamp and dirty list), and writes a consistent snapshot while it is in
/// use: an entry about to change before its turn is copied aside first.
/// </summary>
/// <typeparam name="TKey">The key, with its scope if it has one.</typeparam>
/// <typeparam name="TValue">The first state, kept in the entry itself.</typeparam>
/// <typeparam name="THash">The key's hash; its top 16 bits choose the group.</typeparam>
internal sealed unsafe partial class KeyedTable<TKey, TValue, THash> : IStateTable, IDisposable
    where THash : struct, IKeyHash<TKey>
{
    private const int SmallestCapacity = 8;
    private const int LargestSparse = 512;
    private const int TagShift = 48;
    private const ulong PresenceMask = 0x0000_FFFF_0000_0000;
    private const ulong FirstState = 1UL << 32;

    // The memory of a group without entries: one slot, never taken.
    private static readonly EntryBlock<Entry<TKey, TValue>> NoEntries = EntryBlock<Entry<TKey, TValue>>.Allocate(1);

    private readonly TableGroup<TKey, TValue>[] _groups;
    private readonly GroupSlots[] _slots;
    private readonly EntryBlock<Entry<TKey, TValue>> _absent = EntryBlock<Entry<TKey, TValue>>.Allocate(1);
    private readonly EntryRegions _regions = new();
    private readonly List<StateColumn> _columns = [];
    private readonly TableOptions _options;
    private int _columnBytes;
    private bool _isOnHeap = HasReferences;

    // Where much of the state changes, the stamps alone tell what: the first touch of an epoch then stays within the entry.
    private bool _isDense;
    private bool _stampsOnly;
    private long _touched;

    // The key the cursor was pointed at, if it is absent: its first touch inserts it.
    private TKey _absentKey = default!;
    private ulong _absentHash;

    public KeyedTable(TableOptions options, Codec<TKey> keyCodec, Codec<TValue>? valueCodec)
    {
        _options = options;
        _keyCodec = _keyRead = keyCodec;
        _valueCodec = _valueRead = valueCodec;
        _groups = new TableGroup<TKey, TValue>[options.GroupCount];
        _slots = new GroupSlots[options.GroupCount];
        _marks = options.Spill is null ? [] : new byte[options.GroupCount][];
        Array.Fill(_marks, []);
        for (int group = 0; group < _groups.Length; group++)
            UseBlock(group, NoEntries);
        Epoch = options.FirstEpoch;
        _since = options.FirstEpoch - 1;
        Cursor = new StateCursor { Table = this, ControlOffset = OffsetOf(ref EntryAt(_absent.Address, 0).Control) };
        Cursor.Epoch = Epoch;
        PointAtAbsent();
        if (options.Spill is { } spill)
            _cold = new ColdTier(spill.Open(), options.GroupCount);
    }

    /// <summary>The position states read and write through.</summary>
    public StateCursor Cursor { get; }

    /// <summary>The running epoch; what is touched gets it as stamp.</summary>
    public uint Epoch { get; private set; }

    /// <summary>Living entries of all groups.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            foreach (ref TableGroup<TKey, TValue> group in _groups.AsSpan())
                count += group.Live + group.Cold;
            return count;
        }
    }

    /// <summary>Whether entries hold a state themselves.</summary>
    public bool HasInline => _valueCodec is not null;

    /// <summary>Where the first state lies in an entry, in bytes.</summary>
    public nint ValueOffset => OffsetOf(ref EntryAt(_absent.Address, 0).Value);

    /// <summary>Adds a state beside the first one. Before any entry is.</summary>
    public void AddColumn(StateColumn column)
    {
        Invariant.Holds(_columns.Count < 15, "a table has at most 16 states");
        column.Open(_groups.Length);
        _columnBytes += column.SlotBytes;
        _isOnHeap |= column.IsOnHeap;
        _columns.Add(column);
    }

    /// <summary>Asks the processor for the cache lines look-ups of these hashes will touch, and says which groups they are in.</summary>
    // A loop of its own gets all registers; inlined into its caller's, it spills in every turn.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Prefetch(ReadOnlySpan<ulong> hashes, Span<int> groups)
    {
        for (int i = 0; i < hashes.Length && i < groups.Length; i++)
            groups[i] = Prefetch(hashes[i]);
    }

    /// <summary>Asks the processor for the cache lines a look-up of this hash will touch.</summary>
    /// <returns>The group it is in.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Prefetch(ulong hash)
    {
        int local = LocalGroup(hash);
        GroupSlots group = _slots[local];
        Prefetch(group.Entries + ((nint)(uint)((int)hash & group.Mask) * Unsafe.SizeOf<Entry<TKey, TValue>>()));
        return local;
    }

    /// <summary>Points the cursor at a key's entry, or at the absent entry.</summary>
    public void Seek(in TKey key, ulong hash) => Seek(in key, hash, LocalGroup(hash));

    /// <summary>The same where the group is known.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Seek(in TKey key, ulong hash, int group)
    {
        GroupSlots slots = _slots[group];
        int slot = Find(slots.Entries, slots.Mask, in key, hash);
        StateCursor cursor = Cursor;
        if (slot >= 0)
        {
            cursor.Entry = slots.Entries + ((nint)(uint)slot * Unsafe.SizeOf<Entry<TKey, TValue>>());
            cursor.Group = group;
            cursor.Slot = slot;
        }
        else
        {
            (_absentKey, _absentHash) = (key, hash);
            PointAtAbsent();
        }
    }

    /// <summary>Finds a key's value to change it, inserting the key if it is absent: look-up and touch in one, for operators with a single state.</summary>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="added">Whether the key was absent; its value is then the default.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TValue GetForUpdate(scoped in TKey key, ulong hash, out bool added) => ref GetForUpdate(in key, hash, LocalGroup(hash), out added);

    /// <summary>The same where the group is known.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TValue GetForUpdate(scoped in TKey key, ulong hash, int group, out bool added)
    {
        GroupSlots slots = _slots[group];
        int slot = Find(slots.Entries, slots.Mask, in key, hash);
        if (slot >= 0)
        {
            ref Entry<TKey, TValue> entry = ref EntryAt(slots.Entries, slot);
            if ((entry.Control & (StateCursor.StampMask | FirstState)) == (Epoch | FirstState))
            {
                added = false;
                return ref entry.Value;
            }
        }

        return ref TouchSlowly(group, slot, in key, hash, out added);
    }

    /// <summary>A present key's value, to be read only.</summary>
    public ref readonly TValue Peek(in TKey key, ulong hash)
    {
        ref TableGroup<TKey, TValue> group = ref _groups[LocalGroup(hash)];
        int slot = Find(group.Entries, group.Mask, in key, hash);
        Invariant.Holds(slot >= 0 && (EntryAt(group.Entries, slot).Control & PresenceMask) != 0, "what is listed is in the table");
        return ref EntryAt(group.Entries, slot).Value;
    }

    /// <summary>The group of a hash, as look-ups take it.</summary>
    public int GroupOf(ulong hash) => LocalGroup(hash);

    /// <summary>Whether a key is present with any state.</summary>
    public bool Contains(in TKey key, ulong hash)
    {
        ref TableGroup<TKey, TValue> group = ref _groups[LocalGroup(hash)];
        int slot = Find(group.Entries, group.Mask, in key, hash);
        return slot >= 0 && (EntryAt(group.Entries, slot).Control & PresenceMask) != 0;
    }

    /// <summary>Writes one state of a key, as a snapshot would.</summary>
    /// <param name="key">The key.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="state">0 the first state, 1 and up the columns.</param>
    /// <param name="writer">Takes the value.</param>
    /// <returns>Whether the key has the state.</returns>
    public bool TryWriteState(in TKey key, ulong hash, int state, ByteWriter writer)
    {
        int group = LocalGroup(hash);
        FaultIn(in key, hash, group);
        int slot = Find(_groups[group].Entries, _groups[group].Mask, in key, hash);
        if (slot < 0 || (EntryAt(_groups[group].Entries, slot).Control & (FirstState << state)) == 0)
            return false;
        if (state == 0)
            _valueCodec!.Write(writer, in EntryAt(_groups[group].Entries, slot).Value);
        else
            _columns[state - 1].Write(writer, group, slot);
        return true;
    }

    /// <summary>Removes a key with all its states.</summary>
    /// <returns>Whether it was present.</returns>
    public bool Remove(in TKey key, ulong hash)
    {
        int group = LocalGroup(hash);
        int slot = Find(_groups[group].Entries, _groups[group].Mask, in key, hash);
        if (slot < 0 || (EntryAt(_groups[group].Entries, slot).Control & PresenceMask) == 0)
            return false;
        ref Entry<TKey, TValue> entry = ref TouchEntry(group, slot);
        Bury(group, slot, ref entry);
        return true;
    }

    /// <summary>Frees the memory. The table is empty afterwards, and nobody may use it or its states.</summary>
    public void Dispose()
    {
        for (int index = 0; index < _groups.Length; index++)
        {
            ref TableGroup<TKey, TValue> group = ref _groups[index];
            EntryBlock<Entry<TKey, TValue>> block = group.Block;
            UseBlock(index, NoEntries);
            group.Live = group.Used = group.Cold = 0;
            if (block != NoEntries)
                block.Dispose();
        }

        _regions.Dispose();
        DropSpares();
        _cold?.Dispose();
        PointAtAbsent();
    }

    void IStateTable.Touch(ulong presenceBit)
    {
        StateCursor cursor = Cursor;
        if (_stampsOnly && (cursor.Control & presenceBit) != 0)
        {
            Stamp(ref cursor.Control);
            return;
        }

        bool isAbsent = cursor.Entry == _absent.Address;
        int group = isAbsent ? LocalGroup(_absentHash) : cursor.Group;
        int slot = isAbsent ? Insert(group, in _absentKey, _absentHash) : cursor.Slot;
        ref Entry<TKey, TValue> entry = ref TouchEntry(group, slot);
        Revive(group, ref entry, presenceBit);
        cursor.Entry = _groups[group].Entries + ((nint)(uint)slot * Unsafe.SizeOf<Entry<TKey, TValue>>());
        cursor.Group = group;
        cursor.Slot = slot;
    }

    void IStateTable.ClearPresence(ulong presenceBit)
    {
        (int group, int slot) = (Cursor.Group, Cursor.Slot);
        ref Entry<TKey, TValue> entry = ref EntryAt(_groups[group].Entries, slot);
        if ((entry.Control & PresenceMask & ~presenceBit) == 0)
            Bury(group, slot, ref entry);
        else
            entry.Control &= ~presenceBit;
    }

    private ref TValue TouchSlowly(int group, int slot, scoped in TKey key, ulong hash, out bool added)
    {
        if (_stampsOnly && slot >= 0)
        {
            ref Entry<TKey, TValue> present = ref EntryAt(_slots[group].Entries, slot);
            if ((present.Control & FirstState) != 0)
            {
                Stamp(ref present.Control);
                added = false;
                return ref present.Value;
            }
        }

        if (slot < 0)
            slot = Insert(group, in key, hash);
        ref Entry<TKey, TValue> entry = ref TouchEntry(group, slot);
        added = (entry.Control & PresenceMask) == 0;
        Revive(group, ref entry, FirstState);
        return ref entry.Value;
    }

    /// <summary>The first touch in an epoch: copy aside if a snapshot still needs the old value, stamp, list.</summary>
    private ref Entry<TKey, TValue> TouchEntry(int group, int slot)
    {
        ref Entry<TKey, TValue> entry = ref EntryAt(_slots[group].Entries, slot);
        if ((uint)entry.Control != Epoch)
        {
            if (_snapshotting && slot >= _groups[group].Walked)
                CopyAside(group, slot);
            Stamp(ref entry.Control);
            if (!_isDense)
                _groups[group].Dirty.Add(slot, _slots[group].Mask + 1);
        }

        return ref entry;
    }

    private void Stamp(ref ulong control)
    {
        control = (control & ~StateCursor.StampMask) | Epoch;
        _touched++;
    }

    private void Revive(int group, ref Entry<TKey, TValue> entry, ulong presenceBit)
    {
        if ((entry.Control & PresenceMask) == 0)
            _groups[group].Live++;
        entry.Control |= presenceBit;
    }

    /// <summary>A dead entry keeps its key and stamp until the group is rearranged: the epoch's changes include its deletions.</summary>
    private void Bury(int group, int slot, ref Entry<TKey, TValue> entry)
    {
        entry.Control &= ~PresenceMask;
        entry.Value = default!;
        foreach (StateColumn column in _columns)
            column.Reset(group, slot);
        _groups[group].Live--;
    }

    private int Insert(int group, in TKey key, ulong hash)
    {
        ref TableGroup<TKey, TValue> owner = ref _groups[group];
        if (owner.Used + 1 > MostUsed(owner.Capacity))
            Rearrange(group);
        int slot = ~Find(owner.Entries, owner.Mask, in key, hash);
        ref Entry<TKey, TValue> entry = ref EntryAt(owner.Entries, slot);
        entry.Key = key;

        // Stamped as of the time before this table, so that the touch that follows lists it; a snapshot has no claim on it.
        entry.Control = (((hash >> 32) & 0xFFFF) << TagShift) | (_options.FirstEpoch - 1);
        owner.Used++;
        return slot;
    }

    /// <summary>
    /// The slot of a key, or the complement of the free one it belongs in. Whether a key is in its first slot or the next
    /// is nearly a coin's toss, so the tag decides between the two without a branch that would be mispredicted.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Find(nint entries, int mask, in TKey key, ulong hash)
    {
        int slot = (int)hash & mask;
        ulong tag = hash << 16;
        slot = (slot + OtherTag(EntryAt(entries, slot).Control, tag)) & mask;
        ref Entry<TKey, TValue> entry = ref EntryAt(entries, slot);
        ulong control = entry.Control;
        if (((control ^ tag) >> TagShift) == 0 && control != 0 && THash.AreEqual(in entry.Key, in key))
            return slot;
        return FindFrom((int)hash & mask, entries, mask, in key, tag);
    }

    /// <summary>0 if the entry has the tag, else 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int OtherTag(ulong control, ulong tag) => (int)((((control ^ tag) >> TagShift) + 0xFFFF) >> 16);

    private static int FindFrom(int slot, nint entries, int mask, in TKey key, ulong tag)
    {
        while (true)
        {
            ref Entry<TKey, TValue> entry = ref EntryAt(entries, slot);
            ulong control = entry.Control;
            if (((control ^ tag) >> TagShift) == 0 && control != 0 && THash.AreEqual(in entry.Key, in key))
                return slot;
            if (control == 0)
                return ~slot;
            slot = (slot + 1) & mask;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref Entry<TKey, TValue> EntryAt(nint entries, int slot)
        => ref Unsafe.AsRef<Entry<TKey, TValue>>((void*)(entries + ((nint)(uint)slot * Unsafe.SizeOf<Entry<TKey, TValue>>())));

    /// <summary>An entry may begin in one cache line and end in the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(nint entry)
    {
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0((void*)entry);
        Sse.Prefetch0((void*)(entry + Unsafe.SizeOf<Entry<TKey, TValue>>() - 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int LocalGroup(ulong hash)
    {
        int group = KeyGroups.Of(hash, _options.KeyGroups) - _options.FirstGroup;
        if ((uint)group >= (uint)_groups.Length)
            ThrowForeignKey(hash);
        return group;
    }

    [DoesNotReturn]
    private void ThrowForeignKey(ulong hash) => throw new ProtocolViolationException(
        $"A key of key group {KeyGroups.Of(hash, _options.KeyGroups)} reached the subtask that owns groups {_options.FirstGroup} to {_options.FirstGroup + _groups.Length - 1}.");

    private void UseBlock(int group, EntryBlock<Entry<TKey, TValue>> block)
    {
        _slotsHeld += (block == NoEntries ? 0 : block.Length) - (_groups[group].Block is { } old && old != NoEntries ? old.Length : 0);
        _groups[group].Block = block;
        _slots[group] = new GroupSlots(block.Address, block.Length - 1);
    }

    private void PointAtAbsent()
    {
        Cursor.Entry = _absent.Address;
        Cursor.Group = _groups.Length;
        Cursor.Slot = 0;
    }

    private nint OffsetOf<TField>(ref TField field) => (nint)Unsafe.AsPointer(ref field) - _absent.Address;
}

/// <summary>Which part of the keys a table holds, and how it tracks them.</summary>
/// <param name="KeyGroups">Key groups of the job.</param>
/// <param name="FirstGroup">The first one held here.</param>
/// <param name="GroupCount">How many are held here.</param>
/// <param name="FirstEpoch">The first running epoch; 1 or more.</param>
/// <param name="Incremental">Whether snapshots may hold changes only; then deletions are kept until a committed one has told them.</param>
internal sealed record TableOptions(int KeyGroups, int FirstGroup, int GroupCount, uint FirstEpoch, bool Incremental)
{
    /// <summary>After about so many snapshots each group has been written whole again.</summary>
    public int LongestChain { get; init; } = 250;

    /// <summary>So few entries are written whole each time: a chain of changes would cost more than it saves.</summary>
    public int FewEntries { get; init; } = 1024;

    /// <summary>Where entries go that memory has no room for; null: they stay.</summary>
    public ISpillBackend? Spill { get; init; }

    /// <summary>Mutants that tests plant.</summary>
    public ProtocolFaults Faults { get; init; }
}
