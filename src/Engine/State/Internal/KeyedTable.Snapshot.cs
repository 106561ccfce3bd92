using System.Runtime.CompilerServices;
using Gristmill.Codec;
using Gristmill.Protocol;

namespace Gristmill.State;

/// <content>Snapshots while in use, and loading them.</content>
internal sealed unsafe partial class KeyedTable<TKey, TValue, THash>
{
    private readonly Codec<TKey> _keyCodec;
    private readonly Codec<TValue>? _valueCodec;
    private Codec<TKey> _keyRead;
    private Codec<TValue>? _valueRead;
    private IReadOnlyList<LoadedState> _loaded = [];
    private ByteWriter?[] _asides = [];
    private bool _snapshotting;
    private int _walkGroup;
    private bool _walkStarted;

    /// <summary>The epoch whose end the snapshot in progress shows; 0 when none is.</summary>
    public uint SnapshotEpoch { get; private set; }

    /// <summary>
    /// The barrier: what is there now is epoch <paramref name="epoch"/>'s end, and stays readable by
    /// <see cref="WriteSlice"/> whatever changes from now on. Costs a few instructions a key group, whatever the state's size.
    /// </summary>
    public void Freeze(uint epoch)
    {
        Invariant.Holds(!_snapshotting, "the snapshot before is written before the next barrier passes");
        Invariant.Holds(epoch >= Epoch, "epochs only grow");
        foreach (ref TableGroup<TKey, TValue> group in _groups.AsSpan())
        {
            (group.Dirty, group.Frozen) = (group.Frozen, group.Dirty);
            group.Dirty.Clear();
            group.FrozenLive = group.Live;
            group.FrozenWritten = 0;
            group.Walked = 0;
        }

        if (_asides.Length == 0)
            _asides = new ByteWriter?[_groups.Length];
        _snapshotting = true;
        _walkGroup = 0;
        _walkStarted = false;
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
            if (!_walkStarted)
                StartSection(blocks);
            ref TableGroup<TKey, TValue> group = ref _groups[_walkGroup];
            int first = Math.Min(group.Walked, group.Capacity);
            int last = Math.Min(group.Capacity, first + entries);
            entries -= Math.Max(1, last - first);
            if (group.FrozenWritten < group.FrozenLive)
                Walk(ref group, _walkGroup, first, last, blocks.Writer);
            group.Walked = last;
            if (last == group.Capacity || group.FrozenWritten == group.FrozenLive)
                EndSection(ref group, blocks);
        }

        if (_walkGroup < _groups.Length)
            return false;
        EndSnapshot();
        return true;
    }

    /// <summary>Gives a snapshot up: its checkpoint was aborted.</summary>
    public void AbandonSnapshot()
    {
        if (_snapshotting)
            EndSnapshot();
    }

    /// <summary>Says how the blocks to be loaded were written.</summary>
    /// <param name="keyCodec">Reads the keys.</param>
    /// <param name="states">The states of an entry as they were, in their order then.</param>
    public void BeginLoad(Codec<TKey> keyCodec, IReadOnlyList<LoadedState> states)
    {
        _keyRead = keyCodec;
        _loaded = states;
        foreach (LoadedState state in states)
        {
            if (state.Target == 0)
                _valueRead = Codecs.For<TValue>(state.Schema);
            else if (state.Target > 0)
                _columns[state.Target - 1].ReadAs(state.Schema);
        }
    }

    /// <summary>Loads a key group of a snapshot.</summary>
    /// <param name="reader">At the section's first entry.</param>
    /// <param name="group">The section's key group; one that is not held here is read over.</param>
    /// <param name="entries">How many entries it has.</param>
    /// <param name="loaded">Told each key and its hash.</param>
    public void LoadSection(ref ByteReader reader, int group, long entries, Action<TKey, ulong>? loaded)
    {
        int local = group - _options.FirstGroup;
        bool wanted = (uint)local < (uint)_groups.Length;
        for (long i = 0; i < entries; i++)
        {
            TKey key = _keyRead.Read(ref reader);
            ulong presence = _loaded.Count > 1 ? reader.ReadVarUInt() : ulong.MaxValue;
            if (wanted)
                LoadEntry(ref reader, local, in key, presence, loaded);
            else
                SkipStates(ref reader, presence);
        }
    }

    private void LoadEntry(ref ByteReader reader, int local, in TKey key, ulong presence, Action<TKey, ulong>? loaded)
    {
        ulong hash = THash.Hash(in key);
        if (LocalGroup(hash) != local)
            throw new CorruptDataException($"A key of key group {KeyGroups.Of(hash, _options.KeyGroups)} lies in the section of group {local + _options.FirstGroup}.");
        if (Find(_groups[local].Entries, _groups[local].Mask, in key, hash) >= 0)
            throw new CorruptDataException("A key lies twice in a snapshot.");
        int slot = Insert(local, in key, hash);
        ref Entry<TKey, TValue> entry = ref EntryAt(_groups[local].Entries, slot);
        ulong present = _loaded.Count == 0 ? FirstState : 0;
        for (int i = 0; i < _loaded.Count; i++)
        {
            if ((presence & (1UL << i)) == 0)
                continue;
            LoadedState state = _loaded[i];
            if (state.Target < 0)
                state.Schema.Skip(ref reader);
            else if (state.Target == 0)
                entry.Value = _valueRead!.Read(ref reader);
            else
                _columns[state.Target - 1].Read(ref reader, local, slot);
            if (state.Target >= 0)
                present |= FirstState << state.Target;
        }

        // An entry whose only states are gone from the job stays dead.
        if (present == 0)
            return;
        Revive(local, ref entry, present);
        loaded?.Invoke(key, hash);
    }

    private void SkipStates(ref ByteReader reader, ulong presence)
    {
        for (int i = 0; i < _loaded.Count; i++)
        {
            if ((presence & (1UL << i)) != 0)
                _loaded[i].Schema.Skip(ref reader);
        }
    }

    private void StartSection(ISnapshotBlocks blocks)
    {
        _walkStarted = true;
        ref TableGroup<TKey, TValue> group = ref _groups[_walkGroup];
        if (group.FrozenLive != 0)
            blocks.BeginSection(_walkGroup + _options.FirstGroup, group.FrozenLive);
    }

    private void Walk(ref TableGroup<TKey, TValue> group, int index, int first, int last, ByteWriter writer)
    {
        nint entries = group.Entries;
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

        group.FrozenWritten += written;
    }

    private void EndSection(ref TableGroup<TKey, TValue> group, ISnapshotBlocks blocks)
    {
        Invariant.Holds(group.FrozenWritten == group.FrozenLive, "a snapshot holds every entry of the barrier once");
        group.Walked = int.MaxValue;
        group.Frozen.Clear();
        if (_asides[_walkGroup] is { } aside)
        {
            blocks.Writer.WriteBytes(aside.Written);
            _asides[_walkGroup] = null;
        }

        if (group.FrozenLive != 0)
            blocks.EndSection();
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

        Array.Clear(_asides);
        _snapshotting = false;
        SnapshotEpoch = 0;
    }

    /// <summary>Writes an entry that is about to change before the walk has come to it.</summary>
    private void CopyAside(int group, int slot)
    {
        ref TableGroup<TKey, TValue> owner = ref _groups[group];
        ref Entry<TKey, TValue> entry = ref EntryAt(owner.Entries, slot);
        if ((entry.Control & PresenceMask) == 0 || (uint)entry.Control > SnapshotEpoch)
            return;
        WriteEntry(AsideOf(group), group, slot, ref entry);
        owner.FrozenWritten++;
    }

    /// <summary>Writes the rest of a group at once, since its slots are about to change.</summary>
    private void FinishGroup(int group)
    {
        ref TableGroup<TKey, TValue> owner = ref _groups[group];
        if (owner.Walked >= owner.Capacity)
            return;
        if (owner.FrozenWritten < owner.FrozenLive)
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
        if (_valueCodec is not null && (presence & 1) != 0)
            PlainCodec.Write(writer, _valueCodec, in entry.Value);
        for (int i = 0; i < _columns.Count; i++)
        {
            if ((presence & (2UL << i)) != 0)
                _columns[i].Write(writer, group, slot);
        }
    }
}

/// <summary>A state as a snapshot has it.</summary>
/// <param name="Target">Where it goes: 0 the entry itself, 1 and up the columns, -1 nowhere.</param>
/// <param name="Schema">How it was written.</param>
internal readonly record struct LoadedState(int Target, Schema Schema);
