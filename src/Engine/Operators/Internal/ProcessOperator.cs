using System.Runtime.CompilerServices;
using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.Queries;
using Gristmill.Runtime;
using Gristmill.State;

namespace Gristmill.Operators;

/// <summary>What an operator gets of its subtask when it is made.</summary>
internal sealed record OperatorSetup(string Name, int Subtask, TableOptions Tables, int BatchCapacity, TimeProvider Time);

/// <summary>Runs a user's processor: its states, timers and outputs. Its inputs are <see cref="ProcessInput{TKey, TIn, TOut, TInline}"/>.</summary>
internal sealed class ProcessOperator<TKey, TOut, TInline> : ChainOperator, ITimers
{
    private const int TimersAtOnce = 1024;

    private readonly OperatorSetup _setup;
    private readonly Emitter<TOut> _output;
    private readonly SideOutputs _sides;
    private readonly TimerQueue<TKey> _eventTimers;
    private readonly TimerQueue<TKey> _processingTimers;
    private readonly KeyedStates<TKey, TInline> _states;
    private readonly TableSnapshot<TKey, TInline, DefaultKeyHash<TKey>> _stateSnapshot;
    private readonly TableSnapshot<ScopedKey<TKey>, NoState, ScopedKeyHash<TKey>> _eventSnapshot;
    private readonly TableSnapshot<ScopedKey<TKey>, NoState, ScopedKeyHash<TKey>> _processingSnapshot;

    public ProcessOperator(OperatorSetup setup, StatePlan plan, IProcessorCalls<TKey, TOut> processor, Receiver<TOut> next, SideOutputs sides)
    {
        _setup = setup;
        Processor = processor;
        _output = new Emitter<TOut>(next, setup.BatchCapacity);
        _sides = sides;
        Table = new KeyedTable<TKey, TInline, DefaultKeyHash<TKey>>(
            setup.Tables, Codecs.For<TKey>(), plan.Inline < 0 ? null : Codecs.For<TInline>());
        _states = new KeyedStates<TKey, TInline>(plan, Table);

        // All timers are in the queue that orders them, in memory: a table of them on disk would save little.
        TableOptions timers = setup.Tables with { Spill = null };
        _eventTimers = new TimerQueue<TKey>(timers);
        _processingTimers = new TimerQueue<TKey>(timers);
        Context = new ProcessorContext<TKey, TOut>(this, _output, sides, setup.Time) { Watermark = NoWatermark };
        processor.Open(_states);

        Schema key = Codecs.For<TKey>().Schema;
        Schema timer = Codecs.For<ScopedKey<TKey>>().Schema;
        _stateSnapshot = TableSnapshot.Of(Table, setup.Name, StateTables.State, setup.Subtask, key, _states.Fields);
        _eventSnapshot = TableSnapshot.Of(_eventTimers.Table, setup.Name, StateTables.EventTimers, setup.Subtask, timer, []);
        _processingSnapshot = TableSnapshot.Of(_processingTimers.Table, setup.Name, StateTables.ProcessingTimers, setup.Subtask, timer, []);
    }

    public KeyedTable<TKey, TInline, DefaultKeyHash<TKey>> Table { get; }

    public ProcessorContext<TKey, TOut> Context { get; }

    public IProcessorCalls<TKey, TOut> Processor { get; }

    public override long NextProcessingTime => _processingTimers.NextTime;

    public override bool AdvanceWatermark(long watermark, bool idle)
    {
        WatermarkIn = Math.Max(WatermarkIn, watermark);
        Context.Watermark = WatermarkIn;
        IsIdle = idle;
        if (!Fire(TimerKind.EventTime, _eventTimers, WatermarkIn))
            return false;
        WatermarkOut = WatermarkIn;
        return true;
    }

    public override bool FireProcessingTime(long nowMs) => Fire(TimerKind.ProcessingTime, _processingTimers, nowMs);

    public override void Flush() => FlushOutputs();

    public void FlushOutputs()
    {
        _output.Flush();
        _sides.Flush();
    }

    public override void OnBarrier(SubtaskSnapshot snapshot)
    {
        _stateSnapshot.Freeze(snapshot);
        _eventSnapshot.Freeze(snapshot);
        _processingSnapshot.Freeze(snapshot);
    }

    public override bool WriteSlice(SubtaskSnapshot snapshot, int entries)
        => _stateSnapshot.WriteSlice(entries) && _eventSnapshot.WriteSlice(entries) && _processingSnapshot.WriteSlice(entries);

    public override void AbandonSnapshot()
    {
        _stateSnapshot.Abandon();
        _eventSnapshot.Abandon();
        _processingSnapshot.Abandon();
    }

    public override void OnCommitted(long checkpoint)
    {
        _stateSnapshot.Committed(checkpoint);
        _eventSnapshot.Committed(checkpoint);
        _processingSnapshot.Committed(checkpoint);
    }

    public override void TakeOver(ChainOperator prepared)
    {
        var from = (ProcessOperator<TKey, TOut, TInline>)prepared;
        Table.TakeOver(from.Table);
        _eventTimers.TakeOver(from._eventTimers);
        _processingTimers.TakeOver(from._processingTimers);
    }

    public override void Restore(OperatorRestore restore)
    {
        base.Restore(restore);
        Context.Watermark = WatermarkIn;
        restore.State(StateTables.State).Load(Table, Place);
        _eventTimers.Restore(restore.State(StateTables.EventTimers));
        _processingTimers.Restore(restore.State(StateTables.ProcessingTimers));
    }

    public override void OnRestored()
    {
        _eventTimers.OnRestored();
        _processingTimers.OnRestored();
    }

    public override StateAnswer Query(StateQuery query)
    {
        if (query.Address.WindowStart is not null)
            throw query.NoWindows();
        int index = query.IndexOf([.. _states.Fields.Select(field => field.Name)]);
        TKey key = query.DecodeKey<TKey>();
        var value = new ByteWriter();
        return Table.TryWriteState(in key, KeyTraits<TKey>.Hash(in key), index + (Table.HasInline ? 0 : 1), value)
            ? new StateAnswer(true, _states.Fields[index].Schema.Encode(), value.ToArray(), null)
            : StateAnswer.Absent();
    }

    public override ValueTask CloseAsync()
    {
        Table.Dispose();
        _eventTimers.Table.Dispose();
        _processingTimers.Table.Dispose();
        return default;
    }

    void ITimers.Set(TimerKind kind, long time) => QueueOf(kind).Set(Context.Key, time);

    void ITimers.Delete(TimerKind kind, long time) => QueueOf(kind).Delete(Context.Key, time);

    private TimerQueue<TKey> QueueOf(TimerKind kind) => kind == TimerKind.EventTime ? _eventTimers : _processingTimers;

    private bool Fire(TimerKind kind, TimerQueue<TKey> queue, long now)
    {
        int left = TimersAtOnce;
        while (queue.TryTakeDue(now, out ScopedKey<TKey> timer))
        {
            Context.Key = timer.Key;
            Context.Timestamp = timer.Scope;
            ulong hash = KeyTraits<TKey>.Hash(in timer.Key);
            Table.FaultIn(in timer.Key, hash, Table.GroupOf(hash));
            Table.Seek(in timer.Key, hash);
            Processor.OnTimer(new DueTimer(kind, timer.Scope), Context);
            if (--left == 0)
            {
                FlushOutputs();
                Table.Spill();
                return queue.NextTime > now;
            }
        }

        FlushOutputs();
        if (left != TimersAtOnce)
            Table.Spill();
        return true;
    }

    /// <summary>States are found by their names; one the job no longer has is left out, one it has anew is empty.</summary>
    private IReadOnlyList<LoadedState> Place(IReadOnlyList<SchemaField> written)
    {
        int first = Table.HasInline ? 0 : 1;
        return [.. written.Select(field =>
        {
            int index = _states.Fields.FindIndex(state => state.Name == field.Name);
            return new LoadedState(index < 0 ? -1 : index + first, field.Schema);
        })];
    }
}

/// <summary>The calls into a user's processor that do not depend on its inputs.</summary>
internal interface IProcessorCalls<TKey, TOut>
{
    void Open(StateDeclarations states);

    void OnTimer(in DueTimer timer, ProcessorContext<TKey, TOut> context);
}

/// <summary>A part of a batch with the keys of its records, their hashes, and their groups in the table; all of one length.</summary>
internal readonly ref struct KeyedRecords<TKey, TIn>(
    ReadOnlySpan<TIn> records, ReadOnlySpan<long> timestamps, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ReadOnlySpan<int> groups)
{
    public readonly ReadOnlySpan<TIn> Records = records;
    public readonly ReadOnlySpan<long> Timestamps = timestamps;
    public readonly ReadOnlySpan<TKey> Keys = keys;
    public readonly ReadOnlySpan<ulong> Hashes = hashes;
    public readonly ReadOnlySpan<int> Groups = groups;
}

/// <summary>An input of a processor: the keys of a part of the batch first, with the cache lines asked for, then record by record.</summary>
internal abstract class ProcessInput<TKey, TIn, TOut, TInline>(
    ProcessOperator<TKey, TOut, TInline> owner, KeyExtractor<TIn, TKey> keys, int batchCapacity) : Receiver<TIn>
{
    private readonly BatchKeys<TIn, TKey> _keys = new(keys, owner.Name, Math.Min(batchCapacity, KeyedTable.LookAhead));
    private readonly int[] _groups = new int[Math.Min(batchCapacity, KeyedTable.LookAhead)];

    protected ProcessOperator<TKey, TOut, TInline> Owner { get; } = owner;

    public override void OnBatch(Batch<TIn> batch)
    {
        for (int from = 0; from < batch.Filled; from += _groups.Length)
            OnPart(batch, from, Math.Min(_groups.Length, batch.Filled - from));
        Owner.FlushOutputs();
        Owner.Table.Spill();
    }

    protected abstract void Run(
        KeyedRecords<TKey, TIn> part, KeyedTable<TKey, TInline, DefaultKeyHash<TKey>> table, ProcessorContext<TKey, TOut> context);

    private void OnPart(Batch<TIn> batch, int from, int count)
    {
        ReadOnlySpan<TIn> records = batch.Items.AsSpan(from, count);
        _keys.Read(batch, from, count, out ReadOnlySpan<TKey> found, out ReadOnlySpan<ulong> hashes);
        Owner.Table.Prefetch(hashes, _groups);
        if (Owner.Table.HasCold)
            Owner.Table.FaultIn(found, hashes, _groups.AsSpan(0, count));
        var part = new KeyedRecords<TKey, TIn>(
            records, batch.Timestamps.Slice(from, count), found, hashes, _groups.AsSpan(0, count));
        Run(part, Owner.Table, Owner.Context);
    }
}

internal sealed class SingleInput<TKey, TIn, TOut, TInline>(
    ProcessOperator<TKey, TOut, TInline> owner, KeyExtractor<TIn, TKey> keys, int batchCapacity, KeyedProcessor<TKey, TIn, TOut> processor)
    : ProcessInput<TKey, TIn, TOut, TInline>(owner, keys, batchCapacity)
{
    // A loop of its own gets all registers; inlined into its caller's, it spills in every turn.
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected override void Run(
        KeyedRecords<TKey, TIn> part, KeyedTable<TKey, TInline, DefaultKeyHash<TKey>> table, ProcessorContext<TKey, TOut> context)
    {
        KeyedProcessor<TKey, TIn, TOut> user = processor;
        for (int i = 0; i < part.Keys.Length && i < part.Hashes.Length && i < part.Groups.Length && i < part.Records.Length; i++)
        {
            table.Seek(in part.Keys[i], part.Hashes[i], part.Groups[i]);
            context.Key = part.Keys[i];
            context.Timestamp = part.Timestamps[i];
            user.OnRecord(in part.Records[i], context);
        }
    }
}

internal sealed class LeftInput<TKey, TLeft, TRight, TOut, TInline>(
    ProcessOperator<TKey, TOut, TInline> owner, KeyExtractor<TLeft, TKey> keys, int batchCapacity, KeyedProcessor<TKey, TLeft, TRight, TOut> processor)
    : ProcessInput<TKey, TLeft, TOut, TInline>(owner, keys, batchCapacity)
{
    // A loop of its own gets all registers; inlined into its caller's, it spills in every turn.
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected override void Run(
        KeyedRecords<TKey, TLeft> part, KeyedTable<TKey, TInline, DefaultKeyHash<TKey>> table, ProcessorContext<TKey, TOut> context)
    {
        KeyedProcessor<TKey, TLeft, TRight, TOut> user = processor;
        for (int i = 0; i < part.Keys.Length && i < part.Hashes.Length && i < part.Groups.Length && i < part.Records.Length; i++)
        {
            table.Seek(in part.Keys[i], part.Hashes[i], part.Groups[i]);
            context.Key = part.Keys[i];
            context.Timestamp = part.Timestamps[i];
            user.OnLeft(in part.Records[i], context);
        }
    }
}

internal sealed class RightInput<TKey, TLeft, TRight, TOut, TInline>(
    ProcessOperator<TKey, TOut, TInline> owner, KeyExtractor<TRight, TKey> keys, int batchCapacity, KeyedProcessor<TKey, TLeft, TRight, TOut> processor)
    : ProcessInput<TKey, TRight, TOut, TInline>(owner, keys, batchCapacity)
{
    // A loop of its own gets all registers; inlined into its caller's, it spills in every turn.
    [MethodImpl(MethodImplOptions.NoInlining)]
    protected override void Run(
        KeyedRecords<TKey, TRight> part, KeyedTable<TKey, TInline, DefaultKeyHash<TKey>> table, ProcessorContext<TKey, TOut> context)
    {
        KeyedProcessor<TKey, TLeft, TRight, TOut> user = processor;
        for (int i = 0; i < part.Keys.Length && i < part.Hashes.Length && i < part.Groups.Length && i < part.Records.Length; i++)
        {
            table.Seek(in part.Keys[i], part.Hashes[i], part.Groups[i]);
            context.Key = part.Keys[i];
            context.Timestamp = part.Timestamps[i];
            user.OnRight(in part.Records[i], context);
        }
    }
}
