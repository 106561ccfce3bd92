using Gristmill.Codec;
using Gristmill.Protocol;

namespace Gristmill.State;

/// <content>Loading snapshots: whole groups first, then what changed, in the order in which they were taken.</content>
internal sealed unsafe partial class KeyedTable<TKey, TValue, THash>
{
    private const int LoadedAtOnce = 1024;

    private Codec<TKey> _keyRead;
    private Codec<TValue>? _valueRead;
    private IReadOnlyList<LoadedState> _loaded = [];
    private List<TKey>? _arrivals;

    /// <summary>Says how the blocks to be loaded were written.</summary>
    /// <param name="keyCodec">Reads the keys.</param>
    /// <param name="states">The states of an entry as they were, in their order then.</param>
    /// <param name="isCurrent">Whether it is how they would be written now; if not, changes can't be put on top of them.</param>
    public void BeginLoad(Codec<TKey> keyCodec, IReadOnlyList<LoadedState> states, bool isCurrent = true)
    {
        HasHistory = true;
        _needsWhole |= !isCurrent && (_options.Faults & ProtocolFaults.BuildOnOldSchema) == 0;
        _keyRead = keyCodec;
        _loaded = states;
        foreach (LoadedState state in states)
        {
            if (state.Target == 0)
                _valueRead = Codecs.For<TValue>(state.Schema, _options.Faults);
            else if (state.Target > 0)
                _columns[state.Target - 1].ReadAs(state.Schema, _options.Faults);
        }
    }

    /// <summary>Whether blocks with these schemas are such as this table writes.</summary>
    public bool IsWrittenAs(ReadOnlySpan<byte> keySchema, ReadOnlySpan<byte> valueSchema)
        => keySchema.SequenceEqual(_keyCodec.Schema.Encode()) && valueSchema.SequenceEqual(Written!);

    /// <summary>Loads a section of a snapshot.</summary>
    /// <param name="reader">At the section's first entry.</param>
    /// <param name="group">The section's key group.</param>
    /// <param name="kind">What the section holds.</param>
    /// <param name="entries">How many entries it has.</param>
    /// <param name="isWanted">Whether to load it; a group that is not held here is read over in any case.</param>
    public void LoadSection(ref ByteReader reader, int group, SectionKind kind, long entries, bool isWanted = true)
    {
        int local = group - _options.FirstGroup;
        bool wanted = isWanted && (uint)local < (uint)_groups.Length;
        if (wanted && kind == SectionKind.All)
            Reserve(local, entries, reader.Remaining);
        for (long i = 0; i < entries; i++)
        {
            TKey key = _keyRead.Read(ref reader);
            ulong presence = kind == SectionKind.Changes || _loaded.Count > 1 ? reader.ReadVarUInt() : ulong.MaxValue;
            if (!wanted)
                SkipStates(ref reader, presence);
            else if (kind == SectionKind.All)
                LoadEntry(ref reader, local, in key, presence);
            else
                LoadChange(ref reader, local, in key, presence);
            if (_cold is not null && (i & (LoadedAtOnce - 1)) == LoadedAtOnce - 1)
                Spill();
        }

        Spill();
    }

    /// <summary>Notes the keys that are loaded from now on, those that were there before among them.</summary>
    public void BeginArrivals() => _arrivals = [];

    /// <summary>The keys noted. Some may be gone again, and some may be named twice.</summary>
    public IReadOnlyList<TKey> EndArrivals()
    {
        List<TKey> arrivals = _arrivals ?? [];
        _arrivals = null;
        return arrivals;
    }

    /// <summary>Empties a group that is about to be loaded whole, although an older checkpoint's is in it. One that is not held here is left out.</summary>
    public void ClearGroup(int group)
    {
        int local = group - _options.FirstGroup;
        if ((uint)local >= (uint)_groups.Length || _groups[local].Used == 0)
            return;
        EntryBlock<Entry<TKey, TValue>> old = _groups[local].Block;
        UseBlock(local, NoEntries);
        _groups[local].Used = _groups[local].Live = 0;
        foreach (StateColumn column in _columns)
            column.Move(local, 0, []);
        old.Dispose();
    }

    /// <summary>
    /// Takes over what another table has loaded, which is empty afterwards. Both are of the same key groups and states, and
    /// neither has been written to. What is taken over counts as old, as if it were loaded here.
    /// </summary>
    public void TakeOver(KeyedTable<TKey, TValue, THash> other)
    {
        Invariant.Holds(
            other._options.FirstGroup == _options.FirstGroup && other._groups.Length == _groups.Length && other._columns.Count == _columns.Count,
            "a table takes over one of its own shape");
        Invariant.Holds(other._options.FirstEpoch <= _options.FirstEpoch, "what is taken over is older than the first epoch");
        for (int group = 0; group < _groups.Length; group++)
        {
            ref TableGroup<TKey, TValue> from = ref other._groups[group];
            UseBlock(group, from.Block);
            (_groups[group].Used, _groups[group].Live) = (from.Used, from.Live);
            other.UseBlock(group, NoEntries);
            from.Used = from.Live = 0;
            for (int column = 0; column < _columns.Count; column++)
                _columns[column].TakeOver(other._columns[column], group);
        }

        HasHistory |= other.HasHistory;
        _needsWhole |= other._needsWhole;
    }

    /// <summary>Tells each living key and its hash.</summary>
    public void ForEachKey(Action<TKey, ulong> told)
    {
        for (int index = 0; index < _groups.Length; index++)
        {
            ref TableGroup<TKey, TValue> group = ref _groups[index];
            for (int slot = 0; slot < group.Capacity; slot++)
            {
                ref Entry<TKey, TValue> entry = ref EntryAt(group.Entries, slot);
                if ((entry.Control & PresenceMask) != 0)
                    told(entry.Key, THash.Hash(in entry.Key));
            }
        }

        ForEachColdKey(told);
    }

    private void LoadEntry(ref ByteReader reader, int local, in TKey key, ulong presence)
    {
        ulong hash = HashOfLoaded(in key, local);
        FaultIn(in key, hash, local);
        if (Find(_groups[local].Entries, _groups[local].Mask, in key, hash) >= 0)
            throw new CorruptDataException("A key lies twice in a snapshot.");
        LoadStates(ref reader, local, Insert(local, in key, hash), presence);
        _arrivals?.Add(key);
    }

    private void LoadChange(ref ByteReader reader, int local, in TKey key, ulong presence)
    {
        ulong hash = HashOfLoaded(in key, local);
        FaultIn(in key, hash, local);
        int slot = Find(_groups[local].Entries, _groups[local].Mask, in key, hash);
        if (presence == 0 && (slot < 0 || (_options.Faults & ProtocolFaults.ForgetDeletions) != 0))
            return;
        if (slot < 0)
            slot = Insert(local, in key, hash);
        else if ((EntryAt(_groups[local].Entries, slot).Control & PresenceMask) != 0)
            Bury(local, slot, ref EntryAt(_groups[local].Entries, slot));
        if (presence == 0)
            return;
        LoadStates(ref reader, local, slot, presence);
        _arrivals?.Add(key);
    }

    private ulong HashOfLoaded(in TKey key, int local)
    {
        ulong hash = THash.Hash(in key);
        if (LocalGroup(hash) != local)
            throw new CorruptDataException($"A key of key group {KeyGroups.Of(hash, _options.KeyGroups)} lies in the section of group {local + _options.FirstGroup}.");
        return hash;
    }

    private void LoadStates(ref ByteReader reader, int local, int slot, ulong presence)
    {
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
        if (present != 0)
            Revive(local, ref entry, present);
    }

    private void SkipStates(ref ByteReader reader, ulong presence)
    {
        for (int i = 0; i < _loaded.Count; i++)
        {
            if ((presence & (1UL << i)) != 0)
                _loaded[i].Schema.Skip(ref reader);
        }
    }

    /// <summary>Room for a section at once, so that it need not grow step by step; as far as its bytes can be so many entries.</summary>
    private void Reserve(int group, long entries, int bytes)
    {
        if (_cold is not null || _groups[group].Used != 0 || entries <= SmallestCapacity || entries > bytes)
            return;
        Rearrange(group, (int)entries);
    }
}

/// <summary>A state as a snapshot has it.</summary>
/// <param name="Target">Where it goes: 0 the entry itself, 1 and up the columns, -1 nowhere.</param>
/// <param name="Schema">How it was written.</param>
internal readonly record struct LoadedState(int Target, Schema Schema);
