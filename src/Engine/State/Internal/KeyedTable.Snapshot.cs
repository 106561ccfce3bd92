using System.Runtime.CompilerServices;
using Gristmill.Codec;
using Gristmill.Protocol;

namespace Gristmill.State;

/// <content>
/// Snapshots while in use. What a snapshot builds on is the newest checkpoint known to be committed: it holds at least
/// what has changed since, by the stamps, so a checkpoint that is aborted costs the next one bytes and nothing else.
/// </content>
internal sealed unsafe partial class KeyedTable<TKey, TValue, THash>
{
    // Where this part of the entries changes in an epoch, the next one keeps no lists.
    private const int DenseShare = 8;

    // WriteListed comes to the entries in the order of their changes: memory answers in time if asked so many before.
    private const int Ahead = 16;

    private readonly Codec<TKey> _keyCodec;
    private readonly Codec<TValue>? _valueCodec;
    private ByteWriter?[] _asides = [];
    private uint _since;
    private uint _frozenSince;
    private bool _snapshotting;
    private bool _needsWhole;

    // At most so many entries have changed since what the snapshot builds on; some of them in epochs without lists.
    private long _changed;
    private bool _changedUnlisted;
    private int _nextWhole;

    // Entries that are to be written whole by now; less than none where the last group was more than was due.
    private long _dueWhole;
    private int _walkGroup;
    private bool _walkStarted;

    /// <summary>The epoch whose end the snapshot in progress shows; 0 when none is.</summary>
    public uint SnapshotEpoch { get; private set; }

    /// <summary>The encoded schema of its states, as its blocks say it.</summary>
    public byte[]? Written { get; set; }

    /// <summary>Whether a checkpoint may hold entries of this table, so that groups that are empty now must say so.</summary>
    public bool HasHistory { get; private set; }

    /// <summary>
    /// The barrier: what is there now is epoch <paramref name="epoch"/>'s end, and stays readable by
    /// <see cref="WriteSlice"/> whatever changes from now on. Costs a few instructions a key group, whatever the state's size.
    /// </summary>
    public void Freeze(uint epoch)
    {
        Invariant.Holds(!_snapshotting, "the snapshot before is written before the next barrier passes");
        Invariant.Holds(epoch >= Epoch, "epochs only grow");
        Invariant.Holds(_since < Epoch, "what is committed has been frozen");
        bool isLast = _since == Epoch - 1;
        long live = 0;
        foreach (ref TableGroup<TKey, TValue> group in _groups.AsSpan())
        {
            (group.Dirty, group.Frozen) = (group.Frozen, group.Dirty);
            group.Dirty.Clear();
            group.Changed = (isLast ? 0 : group.Changed) + group.Frozen.Total + group.Spilled;
            group.Spilled = 0;
            group.FrozenLive = group.Live;
            group.FrozenWritten = 0;
            live += group.Live + group.Cold;
        }

        _changed = (isLast ? 0 : _changed) + _touched;
        _changedUnlisted = (!isLast && _changedUnlisted) || (_isDense && _touched != 0);
        ChooseModes(live, _changed, isLast && !_isDense);
        _isDense = _cold is null && (!_options.Incremental || _touched * DenseShare >= live);
        _stampsOnly = false;
        _touched = 0;
        FreezeCold(epoch);
        if (_asides.Length == 0)
            _asides = new ByteWriter?[_groups.Length];
        _snapshotting = true;
        _walkGroup = 0;
        _walkStarted = false;
        _frozenSince = _since;
        SnapshotEpoch = epoch;
        Epoch = epoch + 1;
        Cursor.Epoch = Epoch;
    }

    /// <summary>Writes the next entries of the snapshot.</summary>
    /// <param name="blocks">Takes them.</param>
    /// <param name="entries">About how many slots to visit.</param>
    /// <returns>Whether the snapshot is complete.</returns>
    public bool WriteSlice(ISnapshotBlocks blocks, int entries)
    {
        while (entries > 0 && _walkGroup < _groups.Length)
        {
            ref TableGroup<TKey, TValue> group = ref _groups[_walkGroup];
            if (group.Mode == GroupMode.Nothing)
            {
                _walkGroup++;
                entries--;
                continue;
            }

            if (!_walkStarted)
            {
                _walkStarted = true;
                blocks.BeginSection(_walkGroup + _options.FirstGroup, group.Mode == GroupMode.Whole ? SectionKind.All : SectionKind.Changes);
            }

            if (group.Walked != int.MaxValue)
                entries -= WalkSome(ref group, entries, blocks.Writer);
            if (group.Walked == int.MaxValue && (_cold is null || WalkCold(blocks.Writer, ref entries)))
                EndSection(ref group, blocks);
        }

        if (_walkGroup < _groups.Length)
            return false;
        EndSnapshot();
        return true;
    }

    /// <summary>Gives a snapshot up: its checkpoint was aborted. What it would have told, the next one tells.</summary>
    public void AbandonSnapshot()
    {
        if (_snapshotting)
            EndSnapshot();
    }

    /// <summary>The snapshot of an epoch's end is part of a committed checkpoint: the next ones may build on it.</summary>
    public void Committed(uint epoch)
    {
        if (epoch <= _since || !_options.Incremental)
            return;
        Invariant.Holds(epoch < Epoch, "what is committed has been frozen");
        _since = epoch;
        _needsWhole = false;
        _cold?.Committed(epoch);
    }

    /// <summary>
    /// Half of all changed is as quickly written whole. Else changes are written, and in turn a part of the groups whole:
    /// a third as many entries as have changed, so that a chain of changes is never much longer than three times the state, and
    /// no fewer than let the turn come round once in so many snapshots.
    /// </summary>
    private void ChooseModes(long live, long changed, bool listed)
    {
        bool whole = !_options.Incremental || _needsWhole || (changed != 0 && (live <= _options.FewEntries || changed * 2 >= live));
        foreach (ref TableGroup<TKey, TValue> group in _groups.AsSpan())
        {
            group.Mode = whole ? GroupMode.Whole
                : group.Changed == 0 && !_changedUnlisted ? GroupMode.Nothing
                : listed && !group.Frozen.IsIncomplete ? GroupMode.Listed
                : GroupMode.Stamped;
            group.Walked = group.Mode == GroupMode.Nothing ? int.MaxValue : 0;
        }

        _dueWhole = whole ? 0 : changed == 0 ? _dueWhole : _dueWhole + Math.Max(changed / 3, live / _options.LongestChain) + 1;
        for (int count = 0; _dueWhole > 0 && changed != 0 && count < _groups.Length; count++)
        {
            ref TableGroup<TKey, TValue> group = ref _groups[_nextWhole];
            group.Mode = GroupMode.Whole;
            group.Walked = 0;
            _dueWhole -= group.Live + group.Cold;
            _nextWhole = _nextWhole + 1 == _groups.Length ? 0 : _nextWhole + 1;
        }
    }

    /// <returns>How many slots were visited, at least 1.</returns>
    private int WalkSome(ref TableGroup<TKey, TValue> group, int entries, ByteWriter writer)
    {
        if (group.Mode == GroupMode.Listed)
        {
            if (group.Walked == 0)
                WriteListed(ref group, _walkGroup, writer);
            group.Walked = int.MaxValue;
            return 1 + group.Frozen.Total;
        }

        int first = Math.Min(group.Walked, group.Capacity);
        int last = Math.Min(group.Capacity, first + entries);
        bool isComplete = group.Mode == GroupMode.Whole && group.FrozenWritten == group.FrozenLive;
        if (!isComplete)
            Walk(ref group, _walkGroup, first, last, writer);
        isComplete |= last == group.Capacity || (group.Mode == GroupMode.Whole && group.FrozenWritten == group.FrozenLive);
        group.Walked = isComplete ? int.MaxValue : last;
        return Math.Max(1, last - first);
    }

    private void Walk(ref TableGroup<TKey, TValue> group, int index, int first, int last, ByteWriter writer)
        => group.FrozenWritten += group.Mode == GroupMode.Whole
            ? WriteLiving(group.Entries, index, first, last, writer)
            : WriteStamped(group.Entries, index, first, last, writer);

    private int WriteLiving(nint entries, int index, int first, int last, ByteWriter writer)
    {
        uint epoch = SnapshotEpoch;
        int written = 0;
        for (int slot = first; slot < last; slot++)
        {
            ref Entry<TKey, TValue> entry = ref EntryAt(entries, slot);
            if ((entry.Control & PresenceMask) != 0 && (uint)entry.Control <= epoch)
            {
                WriteEntry(writer, index, slot, ref entry);
                written++;
            }
        }

        return written;
    }

    private int WriteStamped(nint entries, int index, int first, int last, ByteWriter writer)
    {
        uint epochs = SnapshotEpoch - _frozenSince;
        uint next = _frozenSince + 1;
        int written = 0;
        for (int slot = first; slot < last; slot++)
        {
            ref Entry<TKey, TValue> entry = ref EntryAt(entries, slot);
            if ((uint)entry.Control - next < epochs)
            {
                WriteChange(writer, index, slot, ref entry);
                written++;
            }
        }

        return written;
    }

    /// <summary>All of it at once, so that nobody has to know which of the slots are written.</summary>
    private void WriteListed(ref TableGroup<TKey, TValue> group, int index, ByteWriter writer)
    {
        nint entries = group.Entries;
        ReadOnlySpan<int> slots = group.Frozen.Slots;
        for (int i = 0; i < slots.Length; i++)
        {
            if (i + Ahead < slots.Length)
                Prefetch(entries + ((nint)slots[i + Ahead] * Unsafe.SizeOf<Entry<TKey, TValue>>()));
            int slot = slots[i];
            ref Entry<TKey, TValue> entry = ref EntryAt(entries, slot);

            // One that has changed since the barrier was copied aside.
            if ((uint)entry.Control > SnapshotEpoch)
                continue;
            WriteChange(writer, index, slot, ref entry);
            group.FrozenWritten++;
        }
    }

    private void EndSection(ref TableGroup<TKey, TValue> group, ISnapshotBlocks blocks)
    {
        Invariant.Holds(group.Mode != GroupMode.Whole || group.FrozenWritten == group.FrozenLive, "a snapshot holds every entry of the barrier once");
        Invariant.Holds(group.Mode != GroupMode.Listed || group.FrozenWritten == group.Frozen.Total, "a snapshot holds every listed change once");
        group.Frozen.Clear();
        if (_asides[_walkGroup] is { } aside)
        {
            blocks.Writer.WriteBytes(aside.Written);
            _asides[_walkGroup] = null;
        }

        long entries = group.FrozenWritten + (_cold?[_walkGroup].Written ?? 0);
        blocks.EndSection(entries);
        HasHistory |= entries != 0;
        _walkGroup++;
        _walkStarted = false;
    }

    private void EndSnapshot()
    {
        foreach (ref TableGroup<TKey, TValue> group in _groups.AsSpan())
        {
            group.Walked = int.MaxValue;
            group.Frozen.Clear();
        }

        if ((_options.Faults & ProtocolFaults.BuildOnUncommitted) != 0)
            _since = SnapshotEpoch;
        Array.Clear(_asides);
        _cold?.EndSnapshot();
        _snapshotting = false;
        _stampsOnly = _isDense;
        SnapshotEpoch = 0;
    }

    /// <summary>Writes an entry that is about to change before the walk has come to it, if the snapshot has a claim on it.</summary>
    private void CopyAside(int group, int slot)
    {
        ref TableGroup<TKey, TValue> owner = ref _groups[group];
        ref Entry<TKey, TValue> entry = ref EntryAt(owner.Entries, slot);
        if ((uint)entry.Control > SnapshotEpoch)
            return;
        if (owner.Mode == GroupMode.Whole)
        {
            if ((entry.Control & PresenceMask) == 0)
                return;
            WriteEntry(AsideOf(group), group, slot, ref entry);
        }
        else
        {
            if ((uint)entry.Control <= _frozenSince)
                return;
            WriteChange(AsideOf(group), group, slot, ref entry);
        }

        owner.FrozenWritten++;
    }

    /// <summary>Writes the rest of a group at once, since its slots are about to change.</summary>
    private void FinishGroup(int group)
    {
        ref TableGroup<TKey, TValue> owner = ref _groups[group];
        if (owner.Walked >= owner.Capacity)
            return;
        if (owner.Mode == GroupMode.Listed)
            WriteListed(ref owner, group, AsideOf(group));
        else if (owner.Mode != GroupMode.Nothing)
            Walk(ref owner, group, owner.Walked, owner.Capacity, AsideOf(group));
        owner.Walked = int.MaxValue;
    }

    private ByteWriter AsideOf(int group) => _asides[group] ??= new ByteWriter();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteEntry(ByteWriter writer, int group, int slot, ref Entry<TKey, TValue> entry)
    {
        PlainCodec.Write(writer, _keyCodec, in entry.Key);
        ulong presence = (entry.Control >> 32) & 0xFFFF;
        if (_columns.Count + (_valueCodec is null ? 0 : 1) > 1)
            writer.WriteVarUInt(_valueCodec is null ? presence >> 1 : presence);
        WriteStates(writer, group, slot, ref entry, presence);
    }

    /// <summary>The same, but that it says of each entry which states it has; none: it was removed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteChange(ByteWriter writer, int group, int slot, ref Entry<TKey, TValue> entry)
    {
        PlainCodec.Write(writer, _keyCodec, in entry.Key);
        ulong presence = (entry.Control >> 32) & 0xFFFF;
        writer.WriteVarUInt(_valueCodec is null && _columns.Count != 0 ? presence >> 1 : presence);
        WriteStates(writer, group, slot, ref entry, presence);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteStates(ByteWriter writer, int group, int slot, ref Entry<TKey, TValue> entry, ulong presence)
    {
        if (_valueCodec is not null && (presence & 1) != 0)
            PlainCodec.Write(writer, _valueCodec, in entry.Value);
        for (int i = 0; i < _columns.Count; i++)
        {
            if ((presence & (2UL << i)) != 0)
                _columns[i].Write(writer, group, slot);
        }
    }
}
