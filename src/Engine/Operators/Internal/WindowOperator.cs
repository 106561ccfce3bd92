using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.Queries;
using Gristmill.Runtime;
using Gristmill.State;

namespace Gristmill.Operators;

/// <summary>What a window operator is told.</summary>
internal sealed record WindowSettings<TIn>(long SizeMs, long AllowedLatenessMs, SideOutput<TIn>? Late);

/// <summary>
/// Tumbling windows with an incremental aggregate. A pane (key and window) is one entry of a table, with the accumulator
/// in it; which panes a window has is a list beside, derived again after a restore.
/// </summary>
internal sealed class WindowOperator<TKey, TIn, TAccumulator, TOut> : ChainOperator
{
    private const int PanesAtOnce = 4096;
    private const string AccumulatorName = "accumulator";

    private readonly KeyedTable<ScopedKey<TKey>, TAccumulator, ScopedKeyHash<TKey>> _panes;
    private readonly TableSnapshot<ScopedKey<TKey>, TAccumulator, ScopedKeyHash<TKey>> _snapshot;
    private readonly WindowAggregate<TKey, TIn, TAccumulator, TOut> _aggregate;
    private readonly WindowSettings<TIn> _settings;
    private readonly Emitter<TOut> _output;
    private readonly Emitter<TIn>? _late;
    private readonly SideOutputs _sides;
    private readonly RecordCounter _lateDropped;
    private WindowCalendar<TKey> _calendar = new();
    private bool _isFiring;

    // Whether the calendar was taken over, so that it may name panes that are gone, and panes twice.
    private bool _isPrepared;
    private GroupWatermarks? _reached;

    public WindowOperator(
        OperatorSetup setup, WindowSettings<TIn> settings, WindowAggregate<TKey, TIn, TAccumulator, TOut> aggregate,
        Receiver<TOut> next, SideOutputs sides, RecordCounter lateDropped)
    {
        _aggregate = aggregate;
        _settings = settings;
        _output = new Emitter<TOut>(next, setup.BatchCapacity);
        _sides = sides;
        _late = settings.Late is null ? null : sides.Of(settings.Late);
        _lateDropped = lateDropped;
        Codec<TAccumulator> codec = Codecs.For<TAccumulator>();
        _panes = new KeyedTable<ScopedKey<TKey>, TAccumulator, ScopedKeyHash<TKey>>(setup.Tables, Codecs.For<ScopedKey<TKey>>(), codec);
        _snapshot = TableSnapshot.Of(
            _panes, setup.Name, StateTables.Panes, setup.Subtask, Codecs.For<ScopedKey<TKey>>().Schema, [new SchemaField(AccumulatorName, codec.Schema)]);
    }

    public KeyedTable<ScopedKey<TKey>, TAccumulator, ScopedKeyHash<TKey>> Panes => _panes;

    public long SizeMs => _settings.SizeMs;

    private bool KeepsFired => _settings.AllowedLatenessMs > 0;

    public WindowAggregate<TKey, TIn, TAccumulator, TOut> Aggregate => _aggregate;

    /// <summary>Whether a window's end has passed, so that a record of it is late.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasEnded(long start) => start + _settings.SizeMs <= WatermarkIn;

    /// <summary>Whether key groups had come further before a restore than the watermark is now.</summary>
    public bool CatchesUp => _reached is not null;

    public override IEnumerable<(int Group, long Watermark)> GroupsAhead => _reached?.Beyond(WatermarkIn) ?? [];

    /// <summary>The same where the key group of the pane may have come further than the watermark is now.</summary>
    public bool HasEnded(long start, ulong hash) => start + _settings.SizeMs <= ReachedBy(hash);

    private long ReachedBy(ulong hash) => _reached is null ? WatermarkIn : Math.Max(WatermarkIn, _reached.Of(hash));

    /// <summary>A pane's accumulator, to take records in until another pane is asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TAccumulator Open(scoped in ScopedKey<TKey> pane, ulong hash, int group)
    {
        ref TAccumulator accumulator = ref _panes.GetForUpdate(in pane, hash, group, out bool added);
        if (added)
            Begin(in pane, hash, ref accumulator);
        return ref accumulator;
    }

    public override bool AdvanceWatermark(long watermark, bool idle)
    {
        WatermarkIn = Math.Max(WatermarkIn, watermark);
        IsIdle = idle;
        if (_reached is not null && _reached.AreReachedBy(WatermarkIn))
            _reached = null;
        bool done = FireEnded();
        FlushOutputs();
        _panes.Spill();
        if (done)
            WatermarkOut = WatermarkIn;
        _isFiring = !done;
        return done;
    }

    /// <summary>A pane that has fired is gone, and one that is there has still to fire; but those that are kept for late records don't say which they are.</summary>
    public override bool CanFreeze => _settings.AllowedLatenessMs == 0 || !_isFiring;

    public void FlushOutputs()
    {
        _output.Flush();
        _sides.Flush();
    }

    public override void Flush() => FlushOutputs();

    public override void OnBarrier(SubtaskSnapshot snapshot) => _snapshot.Freeze(snapshot);

    public override bool WriteSlice(SubtaskSnapshot snapshot, int entries) => _snapshot.WriteSlice(entries);

    public override void AbandonSnapshot() => _snapshot.Abandon();

    public override void OnCommitted(long checkpoint) => _snapshot.Committed(checkpoint);

    public override void TakeOver(ChainOperator prepared)
    {
        var from = (WindowOperator<TKey, TIn, TAccumulator, TOut>)prepared;
        _panes.TakeOver(from._panes);
        (_calendar, from._calendar) = (from._calendar, _calendar);
        _isPrepared = true;
    }

    public override void Restore(OperatorRestore restore)
    {
        base.Restore(restore);
        _reached = restore.Groups;
        if (_isPrepared && !KeepsFired)
        {
            _panes.BeginArrivals();
            restore.State(StateTables.Panes).Load(_panes);
            foreach (ScopedKey<TKey> pane in _panes.EndArrivals())
                _calendar.Add(pane.Scope, pane.Key, fired: false);
            return;
        }
        restore.State(StateTables.Panes).Load(_panes);
    }

    public override void OnRestored()
    {
        if (_isPrepared && !KeepsFired)
            return;

        // Panes that are kept would fire again if they were named twice, so the calendar is made anew.
        _calendar = new WindowCalendar<TKey>();
        _panes.ForEachKey((pane, hash) => _calendar.Add(pane.Scope, pane.Key, KeepsFired && HasEnded(pane.Scope, hash)));
        _isPrepared = false;
    }

    public override StateAnswer Query(StateQuery query)
    {
        query.IndexOf([AccumulatorName]);
        if (query.Address.WindowStart is not { } start)
            throw query.WindowMissing();
        var pane = new ScopedKey<TKey> { Key = query.DecodeKey<TKey>(), Scope = start.ToUnixTimeMilliseconds() };
        var value = new ByteWriter();
        return _panes.TryWriteState(in pane, ScopedKeyHash<TKey>.Hash(in pane), 0, value)
            ? new StateAnswer(true, Codecs.For<TAccumulator>().Schema.Encode(), value.ToArray(), null)
            : StateAnswer.Absent();
    }

    public override ValueTask CloseAsync()
    {
        _panes.Dispose();
        return default;
    }

    private void Begin(in ScopedKey<TKey> pane, ulong hash, ref TAccumulator accumulator)
    {
        accumulator = _aggregate.Create();
        _calendar.Add(pane.Scope, pane.Key, HasEnded(pane.Scope, hash));
    }

    /// <summary>Within the allowed lateness the window's result is corrected at once; later, the record goes to the side output.</summary>
    public void AddLate(in ScopedKey<TKey> pane, ulong hash, in TIn record, long timestamp)
    {
        if (IsPast(pane.Scope + _settings.SizeMs, _settings.AllowedLatenessMs, ReachedBy(hash)))
        {
            if (_late is null)
                _lateDropped.Add(1);
            else
                _late.Emit(in record, timestamp);
            return;
        }

        ref TAccumulator accumulator = ref Open(in pane, hash, _panes.GroupOf(hash));
        _aggregate.Add(ref accumulator, in record);
        EmitResult(in pane, in accumulator);
    }

    private static bool IsPast(long end, long lateness, long watermark) => watermark >= (end > long.MaxValue - lateness ? long.MaxValue : end + lateness);

    private bool FireEnded()
    {
        int left = PanesAtOnce;
        if (WatermarkIn == NoWatermark)
            return true;
        while (_calendar.TryTakeUnfired(WatermarkIn - _settings.SizeMs, _settings.AllowedLatenessMs > 0, ref left, out long start, out List<TKey> keys, out int from, out int to))
        {
            for (int part = from; part < to; part += KeyedTable.LookAhead)
            {
                int end = Math.Min(to, part + KeyedTable.LookAhead);
                FaultIn(CollectionsMarshal.AsSpan(keys)[part..end], start);
                for (int i = part; i < end; i++)
                    FirePane(keys[i], start);
            }

            if (left == 0)
                return false;
        }

        return Purge(ref left);
    }

    /// <summary>Moves panes of a window into memory, if not all are there.</summary>
    private void FaultIn(ReadOnlySpan<TKey> keys, long start)
    {
        if (!_panes.HasCold)
            return;
        var panes = new ScopedKey<TKey>[keys.Length];
        var hashes = new ulong[keys.Length];
        var groups = new int[keys.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            panes[i] = new ScopedKey<TKey> { Key = keys[i], Scope = start };
            hashes[i] = ScopedKeyHash<TKey>.Hash(in panes[i]);
            groups[i] = _panes.GroupOf(hashes[i]);
        }

        _panes.FaultIn(panes, hashes, groups);
    }

    private void FirePane(TKey key, long start)
    {
        var pane = new ScopedKey<TKey> { Key = key, Scope = start };
        ulong hash = ScopedKeyHash<TKey>.Hash(in pane);
        if (_isPrepared && !_panes.Contains(in pane, hash))
            return;
        ref readonly TAccumulator accumulator = ref _panes.Peek(in pane, hash);
        EmitResult(in pane, in accumulator);
        if (_settings.AllowedLatenessMs == 0)
            _panes.Remove(in pane, hash);
    }

    /// <summary>Removes what was kept for late records and has seen its time.</summary>
    private bool Purge(ref int left)
    {
        if (_settings.AllowedLatenessMs == 0)
            return true;
        while (_calendar.TryTakeFired(out long start, ref left, end => IsPast(end + _settings.SizeMs, _settings.AllowedLatenessMs, WatermarkIn), out List<TKey> keys, out int from, out int to))
        {
            for (int part = from; part < to; part += KeyedTable.LookAhead)
            {
                int end = Math.Min(to, part + KeyedTable.LookAhead);
                FaultIn(CollectionsMarshal.AsSpan(keys)[part..end], start);
                for (int i = part; i < end; i++)
                {
                    var pane = new ScopedKey<TKey> { Key = keys[i], Scope = start };
                    _panes.Remove(in pane, ScopedKeyHash<TKey>.Hash(in pane));
                }
            }

            if (left == 0)
                return false;
        }

        return true;
    }

    private void EmitResult(in ScopedKey<TKey> pane, in TAccumulator accumulator)
    {
        long end = pane.Scope + _settings.SizeMs;
        TOut result = _aggregate.Result(pane.Key, new Window(pane.Scope, end), in accumulator);
        _output.Emit(in result, end - 1);
    }
}

/// <summary>The input of a window operator: the panes of a part of the batch first, with the cache lines asked for, then record by record.</summary>
internal sealed class WindowInput<TKey, TIn, TAccumulator, TOut>(
    WindowOperator<TKey, TIn, TAccumulator, TOut> owner, KeyExtractor<TIn, TKey> keys, int batchCapacity) : Receiver<TIn>
{
    private readonly BatchKeys<TIn, TKey> _keys = new(keys, owner.Name, Math.Min(batchCapacity, KeyedTable.LookAhead));

    // Of the panes, not the keys alone.
    private readonly ulong[] _hashes = new ulong[Math.Min(batchCapacity, KeyedTable.LookAhead)];
    private readonly int[] _groups = new int[Math.Min(batchCapacity, KeyedTable.LookAhead)];
    private readonly long[] _starts = new long[Math.Min(batchCapacity, KeyedTable.LookAhead)];
    private ScopedKey<TKey>[]? _wanted;

    public override void OnBatch(Batch<TIn> batch)
    {
        for (int from = 0; from < batch.Filled; from += _hashes.Length)
        {
            int count = Math.Min(_hashes.Length, batch.Filled - from);
            ReadOnlySpan<TIn> records = batch.Items.AsSpan(from, count);
            ReadOnlySpan<long> timestamps = batch.Timestamps.Slice(from, count);
            _keys.Read(batch, from, count, out ReadOnlySpan<TKey> found, out ReadOnlySpan<ulong> keyHashes);
            FindWindows(timestamps, keyHashes);
            if (owner.Panes.HasCold)
                FaultIn(found);
            if (owner.CatchesUp)
                AddEach(records, timestamps, found);
            else
                AddAll(records, timestamps, found, _hashes.AsSpan(0, count), _starts.AsSpan(0, count));
        }

        owner.FlushOutputs();
        owner.Panes.Spill();
    }

    private void FaultIn(ReadOnlySpan<TKey> found)
    {
        _wanted ??= new ScopedKey<TKey>[_hashes.Length];
        for (int i = 0; i < found.Length; i++)
            _wanted[i] = new ScopedKey<TKey> { Key = found[i], Scope = _starts[i] };
        owner.Panes.FaultIn(_wanted.AsSpan(0, found.Length), _hashes.AsSpan(0, found.Length), _groups.AsSpan(0, found.Length));
    }

    /// <summary>After a restore with another parallelism each record is asked how far its key group had come.</summary>
    private void AddEach(ReadOnlySpan<TIn> records, ReadOnlySpan<long> timestamps, ReadOnlySpan<TKey> found)
    {
        for (int i = 0; i < records.Length; i++)
        {
            var pane = new ScopedKey<TKey> { Key = found[i], Scope = _starts[i] };
            if (owner.HasEnded(pane.Scope, _hashes[i]))
                owner.AddLate(in pane, _hashes[i], in records[i], timestamps[i]);
            else
                owner.Aggregate.Add(ref owner.Open(in pane, _hashes[i], _groups[i]), in records[i]);
        }
    }

    /// <summary>Neighbours of the same pane share its look-up.</summary>
    // A loop of its own gets all registers; inlined into its caller's, it spills in every turn.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddAll(ReadOnlySpan<TIn> records, ReadOnlySpan<long> timestamps, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ReadOnlySpan<long> starts)
    {
        WindowAggregate<TKey, TIn, TAccumulator, TOut> aggregate = owner.Aggregate;
        ref TAccumulator accumulator = ref Unsafe.NullRef<TAccumulator>();
        ulong openHash = 0;
        ScopedKey<TKey> open = default;
        for (int i = 0; i < keys.Length && i < hashes.Length && i < starts.Length && i < records.Length; i++)
        {
            bool same = hashes[i] == openHash && starts[i] == open.Scope && !Unsafe.IsNullRef(ref accumulator) && KeyTraits<TKey>.Equals(in keys[i], in open.Key);
            if (!same)
            {
                open = new ScopedKey<TKey> { Key = keys[i], Scope = starts[i] };
                openHash = hashes[i];
                if (owner.HasEnded(open.Scope))
                {
                    owner.AddLate(in open, openHash, in records[i], timestamps[i]);
                    accumulator = ref Unsafe.NullRef<TAccumulator>();
                    continue;
                }

                accumulator = ref owner.Open(in open, openHash, _groups[i]);
            }

            aggregate.Add(ref accumulator, in records[i]);
        }
    }

    /// <summary>Neighbours mostly share a window, so the division is seldom needed; where they share the key too, nor is anything else.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FindWindows(ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> keyHashes)
    {
        long size = owner.SizeMs;
        (long start, long end) = (0, 0);
        (ulong keyHash, ulong hash, int group) = (0, 0, -1);
        for (int i = 0; i < timestamps.Length && i < keyHashes.Length && i < _hashes.Length && i < _starts.Length && i < _groups.Length; i++)
        {
            long time = timestamps[i];
            bool sameWindow = time >= start && time < end;
            if (!sameWindow)
            {
                start = time - Modulo(time, size);
                end = start + size;
            }

            if (!sameWindow || keyHashes[i] != keyHash || group < 0)
            {
                keyHash = keyHashes[i];
                hash = ScopedKeyHash<TKey>.Combine(keyHash, start);
                group = owner.Panes.Prefetch(hash);
            }

            _starts[i] = start;
            _hashes[i] = hash;
            _groups[i] = group;
        }
    }

    private static long Modulo(long time, long size)
    {
        long remainder = time % size;
        return remainder < 0 ? remainder + size : remainder;
    }
}
