using System.Runtime.CompilerServices;
using Gristmill.Codec;
using Gristmill.Runtime;
using Gristmill.State;

namespace Gristmill.Operators;

/// <summary>
/// The sending end of an exchange: one channel a target subtask, one batch being filled for each. A record is copied
/// once, from where its operator left it into the batch that travels.
/// </summary>
internal sealed class ScatterOutput<T> : ChainOperator
{
    private readonly OutputChannel<T>[] _channels;
    private readonly Batch<T>[] _batches;
    private readonly ushort[] _ownerOfGroup;
    private readonly int _keyGroups;
    private readonly int _flushEvery;
    private int _batchesSinceFlush;
    private int _next;
    private long _sentWatermark = NoWatermark;
    private bool _sentIdle;
    private bool _ended;

    public ScatterOutput(OutputChannel<T>[] channels, int keyGroups)
    {
        _channels = channels;
        _batches = Array.ConvertAll(channels, channel => channel.Rent());
        _keyGroups = keyGroups;
        _ownerOfGroup = [.. Enumerable.Range(0, keyGroups).Select(group => (ushort)KeyGroups.Owner(group, keyGroups, channels.Length))];
        _flushEvery = Math.Min(channels.Length, 16);
    }

    public override bool TryMakeRoom()
    {
        bool room = true;
        foreach (OutputChannel<T> channel in _channels)
            room &= channel.TryMakeRoom();
        return room;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EmitByHash(in T record, long timestamp, ulong hash)
    {
        int target = _channels.Length == 1 ? 0 : _ownerOfGroup[KeyGroups.Of(hash, _keyGroups)];
        Emit(in record, timestamp, target);
    }

    /// <summary>Sends a batch's records to the targets in turn, a batch to each.</summary>
    public void EmitInTurn(Batch<T> batch)
    {
        int target = _next;
        _next = target + 1 == _channels.Length ? 0 : target + 1;
        for (int i = 0; i < batch.Filled; i++)
            Emit(in batch.Items[i], batch.Timestamps[i], target);
        EndBatch();
    }

    /// <summary>Sends a batch's records to one target.</summary>
    public void EmitTo(Batch<T> batch, int target)
    {
        for (int i = 0; i < batch.Filled; i++)
            Emit(in batch.Items[i], batch.Timestamps[i], target);
        EndBatch();
    }

    /// <summary>Small batches for many targets are let grow over a few inputs before they are sent.</summary>
    public void EndBatch()
    {
        if (++_batchesSinceFlush >= _flushEvery)
            Flush();
    }

    public override bool AdvanceWatermark(long watermark, bool idle)
    {
        WatermarkIn = WatermarkOut = watermark;
        IsIdle = idle;
        if (watermark == EndOfTime)
            Flush();
        return true;
    }

    public override void Flush()
    {
        _batchesSinceFlush = 0;
        for (int i = 0; i < _batches.Length; i++)
        {
            if (_batches[i].Filled != 0)
                Send(i);
        }

        if (WatermarkOut > _sentWatermark)
            SendAll(MessageKind.Watermark, _sentWatermark = WatermarkOut);
        if (IsIdle != _sentIdle)
            SendAll(MessageKind.Idle, (_sentIdle = IsIdle) ? 1 : 0);
        PushAll();
    }

    public override void OnBarrier(SubtaskSnapshot snapshot)
    {
        // What is still being filled is in front of the barrier too, and in the channel from now on, so that whoever
        // receives it can look ahead to it.
        Flush();
        foreach (OutputChannel<T> channel in _channels)
            channel.SendBarrier(snapshot.Checkpoint, snapshot.SinceMs);
        PushAll();
    }

    public override void OnEndOfInput()
    {
        Flush();
        if (!_ended)
            SendAll(MessageKind.End, 0);
        _ended = true;
        PushAll();
    }

    private void PushAll()
    {
        foreach (OutputChannel<T> channel in _channels)
            channel.Push();
    }

    private void SendAll(MessageKind kind, long value)
    {
        foreach (OutputChannel<T> channel in _channels)
            channel.Send(kind, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Emit(in T record, long timestamp, int target)
    {
        Batch<T> batch = _batches[target];
        int index = batch.Filled;
        if ((uint)index >= (uint)batch.Items.Length)
        {
            batch = Send(target);
            index = 0;
        }

        batch.Items[index] = record;
        batch.Timestamps[index] = timestamp;
        batch.Filled = index + 1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Batch<T> Send(int target)
    {
        _channels[target].Send(_batches[target]);
        return _batches[target] = _channels[target].Rent();
    }
}

internal struct ScatterStage<T, TKey, TFunc>(TFunc function, ScatterOutput<T> output) : IStage<T>
    where TFunc : struct, IRecordFunc<T, TKey>
{
    public readonly void Begin(int split)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void OnRecord(in T record, long timestamp)
    {
        TKey key = function.Invoke(in record);
        output.EmitByHash(in record, timestamp, KeyTraits<TKey>.Hash(in key));
    }

    public readonly void End() => output.EndBatch();
}

/// <summary>Sends each batch to the targets in turn: an exchange without keys between different parallelisms.</summary>
internal sealed class RebalanceReceiver<T>(ScatterOutput<T> output) : Receiver<T>
{
    public override void OnBatch(Batch<T> batch) => output.EmitInTurn(batch);
}

/// <summary>Sends each batch to the subtask of the same index: the same parallelism, where a chain can't go on.</summary>
internal sealed class ForwardReceiver<T>(ScatterOutput<T> output) : Receiver<T>
{
    public override void OnBatch(Batch<T> batch) => output.EmitTo(batch, 0);
}
