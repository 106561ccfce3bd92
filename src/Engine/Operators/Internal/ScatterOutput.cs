using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Gristmill.Runtime;
using Gristmill.State;

namespace Gristmill.Operators;

/// <summary>
/// The sending end of an exchange: one channel a target subtask, one batch being filled for each. A record is copied
/// once, from where its operator left it into the batch that travels.
/// </summary>
internal sealed class ScatterOutput<T> : ChainOperator
{
    // Over how many inputs what is not full is let grow.
    private const int LeastInputs = 4;
    private const int MostInputs = 16;

    private readonly OutputChannel<T>[] _channels;
    private readonly Batch<T>[] _batches;
    private readonly ushort[] _ownerOfGroup;
    private readonly int _keyGroups;
    private readonly int _flushEvery;
    private int _inputsSinceFlush;
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
        _flushEvery = channels.Length == 1 ? 1 : Math.Clamp(channels.Length, LeastInputs, MostInputs);
    }

    public override bool TryMakeRoom()
    {
        bool room = true;
        foreach (OutputChannel<T> channel in _channels)
            room &= channel.TryMakeRoom();
        return room;
    }

    /// <summary>How many targets there are.</summary>
    public int Targets => _channels.Length;

    /// <summary>Finds the targets of keys' hashes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void FindTargets(ReadOnlySpan<ulong> hashes, Span<ushort> targets)
    {
        ushort[] owners = _ownerOfGroup;
        int groups = _keyGroups;
        for (int i = 0; i < hashes.Length && i < targets.Length; i++)
            targets[i] = owners[KeyGroups.Of(hashes[i], groups)];
    }

    /// <summary>Sends records to a target each.</summary>
    /// <param name="records">The records.</param>
    /// <param name="timestamps">Their times.</param>
    /// <param name="targets">Their targets, made up to a multiple of <see cref="TargetMasks.Width"/> by <see cref="TargetMasks.None"/>.</param>
    public void Emit(ReadOnlySpan<T> records, ReadOnlySpan<long> timestamps, ReadOnlySpan<ushort> targets)
    {
        for (int target = 0; target < _channels.Length; target++)
            EmitChosen(records, timestamps, targets, (ushort)target);
    }

    /// <summary>Sends a batch's records to the targets in turn, a batch to each.</summary>
    public void EmitInTurn(Batch<T> batch)
    {
        int target = _next;
        _next = target + 1 == _channels.Length ? 0 : target + 1;
        EmitTo(batch, target);
    }

    /// <summary>Sends a batch's records to one target.</summary>
    public void EmitTo(Batch<T> batch, int target)
    {
        ReadOnlySpan<T> records = batch.Records;
        ReadOnlySpan<long> timestamps = batch.Timestamps.AsSpan(0, batch.Filled);
        while (!records.IsEmpty)
        {
            Batch<T> to = _batches[target];
            if (to.IsFull)
                to = Send(target);
            int count = Math.Min(records.Length, to.Unfilled.Length);
            records[..count].CopyTo(to.Unfilled);
            timestamps[..count].CopyTo(to.Timestamps.AsSpan(to.Filled));
            to.Filled += count;
            records = records[count..];
            timestamps = timestamps[count..];
        }

        EndBatch();
    }

    /// <summary>What is nearly full is sent. The rest is let grow, since a small batch costs about what a large one does.</summary>
    public void EndBatch()
    {
        for (int i = 0; i < _batches.Length; i++)
        {
            if (_batches[i].Filled > _batches[i].Capacity - _batches[i].Capacity / 8)
                Send(i);
        }
    }

    /// <summary>
    /// Called when an input has gone through the chain, whether or not anything came of it: every so many, what is left and
    /// the watermark behind it are sent.
    /// </summary>
    public override bool AdvanceWatermark(long watermark, bool idle)
    {
        WatermarkIn = WatermarkOut = watermark;
        IsIdle = idle;
        if (watermark == EndOfTime || ++_inputsSinceFlush >= _flushEvery)
            Flush();
        return true;
    }

    public override void Flush()
    {
        _inputsSinceFlush = 0;
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

    // Target by target, with the fill in a register. Record by record it would be read back from where the last store,
    // to this batch or another, has just put it: a guess the processor gets wrong as often as keys are random.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EmitChosen(ReadOnlySpan<T> records, ReadOnlySpan<long> timestamps, ReadOnlySpan<ushort> targets, ushort target)
    {
        Batch<T> batch = _batches[target];
        int filled = batch.Filled;
        for (int from = 0; from < targets.Length; from += TargetMasks.Width)
        {
            uint mask = TargetMasks.Of(targets[from..], target);
            if (mask == uint.MaxValue && batch.Items.Length - filled >= TargetMasks.Width)
            {
                // Keys in runs, or one key that has most records.
                records.Slice(from, TargetMasks.Width).CopyTo(batch.Items.AsSpan(filled));
                timestamps.Slice(from, TargetMasks.Width).CopyTo(batch.Timestamps.AsSpan(filled));
                filled += TargetMasks.Width;
                continue;
            }

            for (; mask != 0; mask &= mask - 1)
            {
                int i = from + BitOperations.TrailingZeroCount(mask);
                if ((uint)filled >= (uint)batch.Items.Length)
                {
                    batch.Filled = filled;
                    batch = Send(target);
                    filled = 0;
                }

                batch.Items[filled] = records[i];
                batch.Timestamps[filled] = timestamps[i];
                filled++;
            }
        }

        batch.Filled = filled;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Batch<T> Send(int target)
    {
        _channels[target].Send(_batches[target]);
        return _batches[target] = _channels[target].Rent();
    }
}

/// <summary>Which of a run of records have a target, a bit each.</summary>
internal static class TargetMasks
{
    /// <summary>Records a mask is about.</summary>
    public const int Width = 32;

    /// <summary>No target.</summary>
    public const ushort None = ushort.MaxValue;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(ReadOnlySpan<ushort> targets, ushort target)
    {
        Vector256<ushort> wanted = Vector256.Create(target);
        Vector256<ushort> first = Vector256.Equals(Vector256.Create(targets), wanted);
        Vector256<ushort> second = Vector256.Equals(Vector256.Create(targets[Vector256<ushort>.Count..]), wanted);
        return Vector256.Narrow(first, second).ExtractMostSignificantBits();
    }
}

/// <summary>Sends each record to the target its key belongs to.</summary>
internal sealed class KeyedScatterReceiver<T, TKey>(KeyExtractor<T, TKey> keys, ScatterOutput<T> output) : Receiver<T>
{
    private const int PartSize = 8 * TargetMasks.Width;

    private readonly TKey[] _keys = new TKey[PartSize];
    private readonly ulong[] _hashes = new ulong[PartSize];
    private readonly ushort[] _targets = new ushort[PartSize];

    public override void OnBatch(Batch<T> batch)
    {
        if (output.Targets == 1)
        {
            output.EmitTo(batch, 0);
            return;
        }

        for (int from = 0; from < batch.Filled; from += PartSize)
        {
            int count = Math.Min(PartSize, batch.Filled - from);
            int width = (count + TargetMasks.Width - 1) / TargetMasks.Width * TargetMasks.Width;
            ReadOnlySpan<T> records = batch.Items.AsSpan(from, count);
            keys.Extract(records, _keys, _hashes);
            output.FindTargets(_hashes.AsSpan(0, count), _targets);
            _targets.AsSpan(count, width - count).Fill(TargetMasks.None);
            output.Emit(records, batch.Timestamps.AsSpan(from, count), _targets.AsSpan(0, width));
        }

        output.EndBatch();
    }
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
