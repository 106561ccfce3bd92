using System.Runtime.CompilerServices;

namespace Gristmill.Operators;

/// <summary>Takes batches of the operator before it in the chain. The batch is only lent: it is reused after the call.</summary>
internal abstract class Receiver<T>
{
    public abstract void OnBatch(Batch<T> batch);
}

/// <summary>Collects an operator's output and hands it on a batch at a time.</summary>
internal sealed class Emitter<T>
{
    private readonly Receiver<T> _next;
    private readonly Batch<T> _batch;
    private readonly long[] _timestamps;

    public Emitter(Receiver<T> next, int capacity)
    {
        _next = next;
        _batch = new Batch<T>(capacity);
        _timestamps = _batch.TimestampsToWrite();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Emit(in T record, long timestamp)
    {
        Batch<T> batch = _batch;
        int index = batch.Filled;
        if ((uint)index >= (uint)batch.Items.Length)
            index = Overflow();
        batch.Items[index] = record;
        _timestamps[index] = timestamp;
        batch.Filled = index + 1;
    }

    public void Begin(int split) => _batch.Split = split;

    public void Flush()
    {
        if (_batch.Filled == 0)
            return;
        _next.OnBatch(_batch);
        _batch.Reset();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int Overflow()
    {
        Flush();
        return 0;
    }
}

/// <summary>Hands every batch to several receivers: a stream that is read twice.</summary>
internal sealed class Tee<T>(Receiver<T>[] receivers) : Receiver<T>
{
    public override void OnBatch(Batch<T> batch)
    {
        foreach (Receiver<T> receiver in receivers)
            receiver.OnBatch(batch);
    }
}

/// <summary>The end of a stream nobody reads.</summary>
internal sealed class Nowhere<T> : Receiver<T>
{
    public override void OnBatch(Batch<T> batch)
    {
    }
}
