using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gristmill.Codec;
using Gristmill.Protocol;

namespace Gristmill.State;

/// <content>
/// Entries that memory has no room for lie in a log, the cold tier. A key is in one tier only: before records are run, their
/// keys are moved into memory; between batches, what was not looked up for long moves out. Look-ups know nothing of it.
/// </content>
internal sealed unsafe partial class KeyedTable<TKey, TValue, THash>
{
    private const int HeapObjectBytes = 32;

    // A group of which less would go is left for the next round: to move the rest costs more.
    private const int LeastPartMoved = 4;
    private const int CompactedAtOnce = 4;

    // Of the budget, at most this part is memory that waits for groups to grow.
    private const int SparePart = 16;

    // Hash (8 bytes), control word without tag (8), key, states.
    private const int RecordHeader = 16;

    private readonly ColdTier? _cold;
    private readonly ByteWriter _record = new(0);
    private readonly List<int> _absentHere = [];
    private readonly List<long> _missing = [];
    private readonly List<int> _missingOf = [];

    // A mark a slot: looked up since the last round. Apart from the entries, so that tables in memory pay nothing.
    private readonly byte[][] _marks;
    private int _hand;

    // The last block given back of each size: groups that spill are moved all the time, and new memory is dear.
    private readonly EntryBlock<Entry<TKey, TValue>>?[] _spares = new EntryBlock<Entry<TKey, TValue>>?[32];
    private long _spareSlots;
    private long _slotsHeld;
    private int _sampleGroup;
    private double _sampledBytes;

    /// <summary>Whether entries may lie outside memory, so that keys must be moved in before they are looked up.</summary>
    public bool HasCold => _cold is not null;

    /// <summary>Entries in the log, deletions that are still to be told included.</summary>
    public long ColdCount => _cold?.Count ?? 0;

    /// <summary>What the index of the entries in the log takes of memory, in bytes.</summary>
    public long ColdIndexBytes => _cold?.IndexBytes ?? 0;

    /// <summary>
    /// What the entries in memory take, in bytes: their slots, the free ones included, and what they refer to on the heap,
    /// estimated by the encoded size of samples. This is what the memory budget bounds.
    /// </summary>
    public long HeldBytes
    {
        get
        {
            long used = 0;
            foreach (ref TableGroup<TKey, TValue> group in _groups.AsSpan())
                used += group.Used;
            return (_slotsHeld * SlotBytes) + (used * HeapBytesPerEntry) + (_spareSlots * Unsafe.SizeOf<Entry<TKey, TValue>>());
        }
    }

    /// <summary>Moves those of the keys into memory that are not there: before they are looked up. Waits for the disk.</summary>
    public void FaultIn(ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ReadOnlySpan<int> groups)
    {
        ColdTier cold = _cold!;
        _absentHere.Clear();
        for (int i = 0; i < keys.Length; i++)
        {
            GroupSlots slots = _slots[groups[i]];
            int slot = Find(slots.Entries, slots.Mask, in keys[i], hashes[i]);
            if (slot >= 0)
            {
                _marks[groups[i]][slot] = 1;
                continue;
            }

            cold[groups[i]].Prefetch(hashes[i]);
            _absentHere.Add(i);
        }

        if (_absentHere.Count != 0)
            MoveIn(keys, hashes, groups);
    }

    /// <summary>The same for one key. Does nothing if the table is in memory only.</summary>
    public void FaultIn(in TKey key, ulong hash, int group)
    {
        if (_cold is not null)
            FaultIn(new ReadOnlySpan<TKey>(in key), new ReadOnlySpan<ulong>(in hash), new ReadOnlySpan<int>(in group));
    }

    /// <summary>
    /// Between batches: moves entries out as long as they take more memory than there is for them, a key group at a time in
    /// turn. What was looked up since the last round stays for another one. Does nothing if the table is in memory only.
    /// </summary>
    public void Spill()
    {
        if (_cold is null)
            return;
        SampleSize();
        long most = _cold.Log.MemoryBytes;
        long held = HeldBytes;

        // The first round spares what the snapshot in progress has yet to write: that would have to be written aside.
        // The second one takes marks away, so that the third finds none.
        for (int visited = 0; held > most && visited < 3 * _groups.Length; visited++)
        {
            if (!_snapshotting || visited >= _groups.Length || _groups[_hand].Walked >= _groups[_hand].Capacity)
            {
                Sweep(_hand);
                held = HeldBytes;
            }

            _hand = _hand + 1 == _groups.Length ? 0 : _hand + 1;
        }

        if (held > most)
            DropSpares();
        Compact();
    }

    private EntryBlock<Entry<TKey, TValue>> TakeBlock(int capacity)
    {
        ref EntryBlock<Entry<TKey, TValue>>? spare = ref _spares[BitOperations.Log2((uint)capacity)];
        if (spare is not { } block)
            return EntryBlock<Entry<TKey, TValue>>.Allocate(capacity, _cold is null ? _regions : null);
        new Span<Entry<TKey, TValue>>((void*)block.Address, block.Length).Clear();
        spare = null;
        _spareSlots -= capacity;
        return block;
    }

    private void GiveBack(EntryBlock<Entry<TKey, TValue>> block)
    {
        ref EntryBlock<Entry<TKey, TValue>>? spare = ref _spares[BitOperations.Log2((uint)block.Length)];
        if (_cold is null || HasReferences || spare is not null
            || (_spareSlots + block.Length) * Unsafe.SizeOf<Entry<TKey, TValue>>() > _cold.Log.MemoryBytes / SparePart)
        {
            block.Dispose();
            return;
        }

        spare = block;
        _spareSlots += block.Length;
    }

    private void DropSpares()
    {
        foreach (EntryBlock<Entry<TKey, TValue>>? spare in _spares)
            spare?.Dispose();
        Array.Clear(_spares);
        _spareSlots = 0;
    }

    private static bool HasReferences => RuntimeHelpers.IsReferenceOrContainsReferences<Entry<TKey, TValue>>();

    /// <summary>What a slot takes, its mark included.</summary>
    private int SlotBytes => Unsafe.SizeOf<Entry<TKey, TValue>>() + 1 + _columnBytes;

    private long HeapBytesPerEntry => _isOnHeap ? HeapObjectBytes + (long)(_sampledBytes * 2) : 0;

    /// <summary>Encodes an entry a group in turn, to learn how large they are.</summary>
    private void SampleSize()
    {
        if (!_isOnHeap)
            return;
        _sampleGroup = _sampleGroup + 1 >= _groups.Length ? 0 : _sampleGroup + 1;
        ref TableGroup<TKey, TValue> group = ref _groups[_sampleGroup];
        for (int slot = 0; slot < group.Capacity && group.Live != 0; slot++)
        {
            ref Entry<TKey, TValue> entry = ref EntryAt(group.Entries, slot);
            if ((entry.Control & PresenceMask) == 0)
                continue;
            Encode(_sampleGroup, slot, ref entry, 0);
            _sampledBytes += (_record.Length - _sampledBytes) / (_sampledBytes == 0 ? 1 : 64);
            return;
        }
    }

    /// <summary>Moves those of a group out that were not looked up since the last round, if that is a good part of it, and takes the marks away.</summary>
    private void Sweep(int index)
    {
        ref TableGroup<TKey, TValue> group = ref _groups[index];
        if (group.Used == 0)
            return;
        Span<byte> marks = _marks[index].AsSpan(0, group.Capacity);
        if ((group.Used - marks.Count((byte)1)) * LeastPartMoved < group.Used)
        {
            marks.Clear();
            return;
        }

        // Slots change: what the snapshot in progress still needs of this group is written now. A group is small.
        if (_snapshotting)
            FinishGroup(index);
        for (int slot = 0; slot < group.Capacity; slot++)
        {
            ref Entry<TKey, TValue> entry = ref EntryAt(group.Entries, slot);
            if (entry.Control != 0 && marks[slot] == 0)
                MoveOut(index, slot, ref entry);
        }

        marks.Clear();
        Rearrange(index, 0);
        PointAtAbsent();
    }

    /// <summary>Takes an entry out of its slot into the log. One that is too large for the log stays.</summary>
    private void MoveOut(int index, int slot, ref Entry<TKey, TValue> entry)
    {
        ref TableGroup<TKey, TValue> group = ref _groups[index];
        bool isDead = (entry.Control & PresenceMask) == 0;
        if (!isDead || IsKept(in entry))
        {
            ulong hash = THash.Hash(in entry.Key);
            Encode(index, slot, ref entry, hash);
            if (_record.Length > _cold!.Log.LargestRecord)
                return;
            bool isChanged = _options.Incremental && (uint)entry.Control > _since && (_options.Faults & ProtocolFaults.ForgetSpilledChanges) == 0;
            _cold[index].Add(hash, new ColdEntry(_cold.Log.Append(_record.Written), isDead, isChanged));
            _cold.Note(1, _record.Length);
            group.Spilled += (uint)entry.Control == Epoch ? 1 : 0;
            group.Cold += isDead ? 0 : 1;
        }

        if (!isDead)
            Bury(index, slot, ref entry);
        entry.Control = 0;
        entry.Key = default!;
    }

    private void Encode(int group, int slot, ref Entry<TKey, TValue> entry, ulong hash)
    {
        ulong presence = (entry.Control & PresenceMask) >> 32;
        _record.Clear();
        _record.WriteUInt64(hash);
        _record.WriteUInt64(entry.Control & (PresenceMask | StateCursor.StampMask));
        PlainCodec.Write(_record, _keyCodec, in entry.Key);
        WriteStates(_record, group, slot, ref entry, presence);
    }

    /// <summary>Those of the keys that are not in memory, if they are in the log.</summary>
    private void MoveIn(ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ReadOnlySpan<int> groups)
    {
        ColdTier cold = _cold!;
        _missing.Clear();
        _missingOf.Clear();
        foreach (int i in CollectionsMarshal.AsSpan(_absentHere))
        {
            cold[groups[i]].Find(hashes[i], _missing);
            while (_missingOf.Count < _missing.Count)
                _missingOf.Add(i);
        }

        ReadOnlySpan<long> missing = CollectionsMarshal.AsSpan(_missing);
        for (int from = 0; from < missing.Length; from += ColdTier.ReadAtOnce)
        {
            int count = Math.Min(ColdTier.ReadAtOnce, missing.Length - from);
            ReadOnlySpan<ReadOnlyMemory<byte>> records = cold.Read(missing.Slice(from, count));
            for (int i = 0; i < count; i++)
            {
                int of = _missingOf[from + i];
                MoveIn(in keys[of], hashes[of], groups[of], missing[from + i], records[i].Span);
            }
        }
    }

    private void MoveIn(in TKey key, ulong hash, int index, long address, ReadOnlySpan<byte> record)
    {
        var reader = new ByteReader(record);
        if (reader.ReadUInt64() != hash)
            return;
        ulong control = reader.ReadUInt64();
        TKey stored = _keyCodec.Read(ref reader);

        // Other keys may have the same half of a hash, and a key may be asked for twice at once.
        if (!THash.AreEqual(in stored, in key) || Find(_slots[index].Entries, _slots[index].Mask, in key, hash) >= 0
            || !_cold![index].TryGet(hash, address, out ColdEntry entry))
            return;
        TakeOut(entry, hash, index, record);

        // A deletion that is told needs no slot.
        bool isDead = (control & PresenceMask) == 0;
        if (isDead && !(_options.Incremental && (uint)control > _since))
            return;
        int slot = Insert(index, in key, hash);
        ref TableGroup<TKey, TValue> group = ref _groups[index];
        ref Entry<TKey, TValue> inserted = ref EntryAt(group.Entries, slot);
        ReadBack(ref reader, index, slot, ref inserted, control & PresenceMask);

        // The walk over this group's slots is not to meet what it has no claim on: the entry counts as changed.
        uint stamp = _snapshotting && group.Walked != int.MaxValue ? Epoch : (uint)control;
        inserted.Control = (inserted.Control & ~StateCursor.StampMask) | (control & PresenceMask) | stamp;
        group.Live += isDead ? 0 : 1;
        if (stamp == Epoch)
            group.Dirty.Add(slot, group.Capacity);
    }

    /// <summary>The entry is no longer in the log.</summary>
    private void TakeOut(ColdEntry entry, ulong hash, int index, ReadOnlySpan<byte> record)
    {
        ref TableGroup<TKey, TValue> group = ref _groups[index];
        uint stamp = (uint)BinaryPrimitives.ReadUInt64LittleEndian(record[sizeof(ulong)..]);
        WriteClaimed(index, entry, record);
        if ((_options.Faults & ProtocolFaults.KeepSpilledEntries) == 0)
            _cold![index].Remove(hash, entry.Address);
        _cold!.Note(-1, -record.Length);
        group.Cold -= entry.IsDead ? 0 : 1;
        group.Spilled -= stamp == Epoch ? 1 : 0;
    }

    private void ReadBack(ref ByteReader reader, int group, int slot, ref Entry<TKey, TValue> entry, ulong presence)
    {
        if (_valueCodec is not null && (presence & FirstState) != 0)
            entry.Value = _valueCodec.Read(ref reader);
        for (int i = 0; i < _columns.Count; i++)
        {
            if ((presence & (FirstState << (i + 1))) != 0)
                _columns[i].ReadBack(ref reader, group, slot);
        }
    }

    private void FreezeCold(uint epoch)
    {
        if (_cold is null)
            return;
        _cold.Freeze(epoch, isRemembered: _options.Incremental);
        for (int group = 0; group < _groups.Length; group++)
            _cold[group].IsClaimed = _groups[group].Mode != GroupMode.Nothing && _cold[group].Count != 0;
    }

    /// <summary>An entry that leaves the log before the snapshot has noted which ones are its own is written aside.</summary>
    private void WriteClaimed(int index, ColdEntry entry, ReadOnlySpan<byte> record)
    {
        if (_cold![index].IsClaimed && _cold.IsFrozen(entry, _groups[index].Mode))
            WriteRecord(AsideOf(index), index, record);
    }

    /// <summary>Writes the next entries in the log of the group the snapshot is at. They stay readable there, whatever becomes of them.</summary>
    /// <returns>Whether all are written.</returns>
    private bool WalkCold(ByteWriter writer, ref int entries)
    {
        ColdGroup group = _cold![_walkGroup];
        GroupMode mode = _groups[_walkGroup].Mode;
        if (group.IsClaimed)
        {
            group.IsClaimed = false;
            _cold.Walk = [.. group.Select(entry => _cold.IsFrozen(entry, mode)).Select(found => found.Entry.Address).Order()];
            _cold.Walked = 0;
            _cold.DropTold(group);
        }

        while (_cold.Walk is { } walk && _cold.Walked < walk.Length && entries > 0)
        {
            int count = Math.Min(Math.Min(ColdTier.ReadAtOnce, entries), walk.Length - _cold.Walked);
            foreach (ReadOnlyMemory<byte> record in _cold.Read(walk.AsSpan(_cold.Walked, count)))
                WriteRecord(writer, _walkGroup, record.Span);
            _cold.Walked += count;
            entries -= count;
        }

        if (_cold.Walk is { } rest && _cold.Walked < rest.Length)
            return false;
        _cold.Walk = null;
        return true;
    }

    /// <summary>Writes a record as <see cref="WriteEntry"/> and <see cref="WriteChange"/> write entries, unless it has not changed.</summary>
    private void WriteRecord(ByteWriter writer, int index, ReadOnlySpan<byte> record)
    {
        var reader = new ByteReader(record);
        reader.ReadUInt64();
        ulong control = reader.ReadUInt64();
        bool isWhole = _groups[index].Mode == GroupMode.Whole;
        if (!isWhole && (uint)control - (_frozenSince + 1) >= SnapshotEpoch - _frozenSince)
            return;
        _keyCodec.Schema.Skip(ref reader);
        writer.WriteBytes(record[RecordHeader..reader.Position]);
        ulong presence = (control & PresenceMask) >> 32;
        if (!isWhole)
            writer.WriteVarUInt(_valueCodec is null && _columns.Count != 0 ? presence >> 1 : presence);
        else if (_columns.Count + (_valueCodec is null ? 0 : 1) > 1)
            writer.WriteVarUInt(_valueCodec is null ? presence >> 1 : presence);
        writer.WriteBytes(record[reader.Position..]);
        _cold![index].Written++;
    }

    /// <summary>
    /// Moves what lives in the oldest part of the log to its end, if most of the log is garbage, a few parts at each call. Not
    /// during a snapshot: by their addresses it knows its own.
    /// </summary>
    private void Compact()
    {
        ColdTier cold = _cold!;
        for (int parts = 0; parts < CompactedAtOnce && !_snapshotting && cold.MustCompact; parts++)
        {
            long next = cold.Log.ReadOldest(cold.Oldest);
            if (next == cold.Log.Begin)
                return;
            foreach (LogRecord record in cold.Oldest)
            {
                ulong hash = BinaryPrimitives.ReadUInt64LittleEndian(record.Bytes.Span);
                ColdGroup group = cold[LocalGroup(hash)];
                if (!group.TryGet(hash, record.Address, out ColdEntry entry))
                    continue;
                if (cold.IsTold(entry))
                    TakeOut(entry, hash, LocalGroup(hash), record.Bytes.Span);
                else
                    group.Move(hash, record.Address, cold.Log.Append(record.Bytes.Span));
            }

            cold.Log.Truncate(next);
        }
    }

    private void ForEachColdKey(Action<TKey, ulong> told)
    {
        for (int index = 0; _cold is not null && index < _groups.Length; index++)
        {
            long[] addresses = [.. _cold[index].Select(entry => !entry.IsDead).Select(found => found.Entry.Address).Order()];
            for (int from = 0; from < addresses.Length; from += ColdTier.ReadAtOnce)
            {
                foreach (ReadOnlyMemory<byte> record in _cold.Read(addresses.AsSpan(from, Math.Min(ColdTier.ReadAtOnce, addresses.Length - from))))
                {
                    var reader = new ByteReader(record.Span);
                    ulong hash = reader.ReadUInt64();
                    reader.ReadUInt64();
                    told(_keyCodec.Read(ref reader), hash);
                }
            }
        }
    }
}
