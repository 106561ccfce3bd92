using System.Runtime.CompilerServices;
using Gristmill.Protocol;
using Gristmill.Runtime;
using Gristmill.State;

namespace Gristmill.Operators;

/// <summary>
/// The sending end of an exchange: one channel a target subtask, one batch being filled for each. A record is copied
/// here, from the batch its operator has left it in to the one that travels.
/// </summary>
internal sealed class ScatterOutput<T> : ChainOperator
{
    // Over how many inputs what is not full is let grow.
    private const int LeastInputs = 4;
    private const int MostInputs = 16;

    private readonly OutputChannel<T>[] _channels;
    private readonly Batch<T>[] _batches;
    private readonly ChosenRecords _chosen = new();
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
    /// <param name="part">The records.</param>
    /// <param name="targets">Their targets, made up to a multiple of <see cref="ChosenRecords.Width"/> by <see cref="ChosenRecords.None"/>.</param>
    public void Emit<TKey>(ScatteredRecords<T, TKey> part, ReadOnlySpan<ushort> targets)
    {
        for (int target = 0; target < _channels.Length; target++)
            EmitChosen(part, targets, (ushort)target);
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
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        while (!records.IsEmpty)
        {
            Batch<T> to = WithRoom(target);
            Invariant.Holds(to.Keys is null, "batches of an exchange have the keys of all their records or of none");
            int count = Math.Min(records.Length, to.Unfilled.Length);
            records[..count].CopyTo(to.Unfilled);
            if (batch.HasTimestamps || to.HasTimestamps)
                timestamps[..count].CopyTo(to.TimestampsToWrite().AsSpan(to.Filled));
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

    // Target by target and column by column. Record by record a batch's fill would be read back from where the last store,
    // to this batch or another, has just put it: a guess the processor gets wrong as often as keys are random.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EmitChosen<TKey>(ScatteredRecords<T, TKey> part, ReadOnlySpan<ushort> targets, ushort target)
    {
        ReadOnlySpan<byte> chosen = _chosen.Find(targets, target);
        while (!chosen.IsEmpty)
        {
            Batch<T> batch = WithRoom(target);
            int count = Math.Min(chosen.Length, batch.Capacity - batch.Filled);
            ReadOnlySpan<byte> fitting = chosen[..count];
            ChosenRecords.Copy(part.Records, fitting, batch.Unfilled);
            if (_channels[target].TakesKeys)
                CopyKeys(part, fitting, batch);
            if (part.HaveTimestamps || batch.HasTimestamps)
                ChosenRecords.Copy(part.Timestamps, fitting, batch.TimestampsToWrite().AsSpan(batch.Filled));
            batch.Filled += count;
            chosen = chosen[count..];
        }
    }

    private static void CopyKeys<TKey>(ScatteredRecords<T, TKey> part, ReadOnlySpan<byte> places, Batch<T> batch)
    {
        var keys = (KeyColumn<TKey>)(batch.Keys ??= new KeyColumn<TKey>(batch.Capacity));
        ChosenRecords.Copy(part.Keys, places, keys.Keys.AsSpan(batch.Filled));
        ChosenRecords.Copy(part.Hashes, places, keys.Hashes.AsSpan(batch.Filled));
    }

    private Batch<T> WithRoom(int target)
    {
        Batch<T> batch = _batches[target];
        return batch.IsFull ? Send(target) : batch;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Batch<T> Send(int target)
    {
        _channels[target].Send(_batches[target]);
        return _batches[target] = _channels[target].Rent();
    }
}

/// <summary>Records to be sent, with what goes beside them; all of one length.</summary>
internal readonly ref struct ScatteredRecords<T, TKey>(
    ReadOnlySpan<T> records, ReadOnlySpan<TKey> keys, ReadOnlySpan<ulong> hashes, ReadOnlySpan<long> timestamps, bool haveTimestamps)
{
    public readonly ReadOnlySpan<T> Records = records;
    public readonly ReadOnlySpan<TKey> Keys = keys;
    public readonly ReadOnlySpan<ulong> Hashes = hashes;
    public readonly ReadOnlySpan<long> Timestamps = timestamps;

    /// <summary>Whether times were ever written; else all are 0, as right behind a source without.</summary>
    public readonly bool HaveTimestamps = haveTimestamps;
}

/// <summary>Sends each record to the target its key belongs to.</summary>
internal sealed class KeyedScatterReceiver<T, TKey>(KeyExtractor<T, TKey> keys, ScatterOutput<T> output) : Receiver<T>
{
    private readonly TKey[] _keys = new TKey[ChosenRecords.Most];
    private readonly ulong[] _hashes = new ulong[ChosenRecords.Most];
    private readonly ushort[] _targets = new ushort[ChosenRecords.Most];

    public override void OnBatch(Batch<T> batch)
    {
        if (output.Targets == 1)
        {
            output.EmitTo(batch, 0);
            return;
        }

        for (int from = 0; from < batch.Filled; from += ChosenRecords.Most)
            EmitPart(batch, from, Math.Min(ChosenRecords.Most, batch.Filled - from));
        output.EndBatch();
    }

    private void EmitPart(Batch<T> batch, int from, int count)
    {
        ReadOnlySpan<T> records = batch.Items.AsSpan(from, count);
        keys.Extract(records, _keys, _hashes);
        ReadOnlySpan<ulong> hashes = _hashes.AsSpan(0, count);
        output.FindTargets(hashes, _targets);
        int width = (count + ChosenRecords.Width - 1) / ChosenRecords.Width * ChosenRecords.Width;
        _targets.AsSpan(count, width - count).Fill(ChosenRecords.None);
        var part = new ScatteredRecords<T, TKey>(
            records, _keys.AsSpan(0, count), hashes, batch.Timestamps.Slice(from, count), batch.HasTimestamps);
        output.Emit(part, _targets.AsSpan(0, width));
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
