using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.Graph;
using Gristmill.Protocol;

namespace Gristmill.Runtime;

/// <summary>
/// The records in flight to one input of a subtask: copied into a snapshot, and given back. A block's payload is a run of
/// batches: the sender's index, the number of records, their times (the first whole, the others as differences), the records.
/// Watermarks and ends are left out: whoever sent them says them again after a restore, behind the records.
/// </summary>
internal sealed class InFlightRecords<T>(JobRun run, InputName name, TaskPlan task, int subtask, Consumer<T> consumer)
{
    private readonly Codec<T>? _codec = Codecs.Problems(typeof(T)).Count == 0 ? Codecs.For<T>() : null;
    private ByteWriter? _payload;
    private long _entries;

    public InputName Name => name;

    /// <summary>Whether its records can be written down.</summary>
    public bool CanBeCopied => _codec is not null;

    public ProtocolFaults Faults => run.Faults;

    public void Copy(int from, Batch<T> batch, SubtaskSnapshot snapshot)
    {
        ByteWriter payload = _payload ??= new ByteWriter(4096);
        payload.WriteVarUInt((ulong)from);
        BatchFormat.Write(payload, batch, _codec!);
        _entries += batch.Filled;
        if (payload.Length < BlockBuffers.BlockBytes)
            return;
        Complete(snapshot);
        _payload = snapshot.RentBuffer();
    }

    /// <summary>Hands over what was copied.</summary>
    public void Complete(SubtaskSnapshot snapshot)
    {
        if (_payload is not null && _entries != 0)
        {
            snapshot.Times.InFlightBytes += _payload.Length;
            snapshot.AddBlock(new BlockHeader
            {
                Operator = name.Operator,
                Name = name.Block,
                Kind = BlockKind.InFlight,
                Subtask = subtask,
                Entries = _entries,
                ValueSchema = _codec!.Schema.Encode(),
            }, _payload);
        }

        Forget();
    }

    /// <summary>Drops what was copied and not handed over.</summary>
    public void Forget()
    {
        _payload = null;
        _entries = 0;
    }

    /// <summary>
    /// Gives those of a block's records that belong to this subtask now back to it, all in one queue. Who sends a key's
    /// records may have changed between two of them, when they were in flight at two checkpoints, so order is kept across senders.
    /// </summary>
    public void Restore(BlockHeader header, ReadOnlySpan<byte> payload, IReadOnlyList<GateInput<T>> inputs)
    {
        try
        {
            Codec<T> codec = Codecs.For<T>(Schema.Decode(header.ValueSchema));
            var reader = new ByteReader(payload);
            while (reader.Remaining > 0)
            {
                int from = reader.ReadCount();
                Batch<T> all = Read(ref reader, codec);
                var own = new bool[all.Filled];
                consumer.FindOwn(all.Records, header.Subtask, new Share(subtask, task.Parallelism, run.Options.KeyGroups), own);
                Deal(all, own, from, inputs[from % inputs.Count].Index, inputs[0]);
            }
        }
        catch (Exception e) when (e is CorruptDataException or SchemaMismatchException or UnsupportedTypeException)
        {
            throw new InvalidOperationException($"The checkpoint's records in flight to {name} can't be read: {e.Message}", e);
        }
    }

    private static Batch<T> Read(ref ByteReader reader, Codec<T> codec)
    {
        int count = reader.ReadCount();
        var batch = new Batch<T>(Math.Max(1, count));
        BatchFormat.Read(ref reader, batch, count, codec);
        return batch;
    }

    private void Deal(Batch<T> all, bool[] own, int sender, int split, GateInput<T> input)
    {
        Batch<T>? batch = null;
        for (int i = 0; i < all.Filled; i++)
        {
            if (!own[i])
                continue;
            batch ??= new Batch<T>(run.Options.BatchSize) { Split = split };
            batch.TimestampsToWrite()[batch.Filled] = all.Timestamps[i];
            batch.Add(all.Items[i]);
            if (!batch.IsFull)
                continue;
            input.PutBack(new RestoredBatch<T>(batch, sender));
            batch = null;
        }

        if (batch is not null)
            input.PutBack(new RestoredBatch<T>(batch, sender));
    }
}

/// <summary>Names an input of a job, the same whatever the parallelism.</summary>
/// <param name="Operator">The operator that reads it; where several have the same label, with a number.</param>
/// <param name="Input">Its number among the operator's inputs.</param>
internal readonly record struct InputName(string Operator, int Input)
{
    /// <summary>The name of its blocks.</summary>
    public string Block => $"inflight-{Input}";

    public override string ToString() => $"'{Operator}', input {Input}";
}

/// <summary>A subtask among those that share an input.</summary>
/// <param name="Index">Its index.</param>
/// <param name="Parallelism">How many there are.</param>
/// <param name="KeyGroups">The job's key groups.</param>
internal readonly record struct Share(int Index, int Parallelism, int KeyGroups)
{
    /// <summary>Whether a record whose key has this hash comes to it.</summary>
    public bool Owns(ulong hash) => State.KeyGroups.Owner(State.KeyGroups.Of(hash, KeyGroups), KeyGroups, Parallelism) == Index;
}
