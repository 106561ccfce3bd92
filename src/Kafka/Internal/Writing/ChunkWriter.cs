using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Writes staged records to a topic in their order; waits where the client's queue is full.</summary>
internal sealed unsafe class ChunkWriter(IProducer<byte[], byte[]> producer, string topic, TimeProvider time, Action onStall, CancellationToken cancellationToken) : IDisposable
{
    private static readonly TimeSpan FullQueue = TimeSpan.FromMilliseconds(2);

    /// <summary>A queue that is full and moves is how a large epoch is written.</summary>
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(2);

    private readonly RecordProducer _single = new(producer, topic);
    private readonly RecordBatch? _batch = RecordBatch.Open(producer, topic);

    public void Write(byte[] chunk)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // The batch points into it.
        fixed (byte* _ = chunk)
        {
            var records = new FrameReader(chunk);
            while (records.Read())
            {
                if (_batch is null || records.HeaderCount != 0 || records.TimestampMs != 0)
                    WriteOne(ref records);
                else
                    _batch.Add(in records);
                if (_batch?.IsFull == true)
                    Send();
            }

            Send();
        }
    }

    public void Dispose() => _batch?.Dispose();

    private void WriteOne(ref FrameReader record)
    {
        Send();
        long since = time.GetTimestamp();
        while (!_single.TryProduce(ref record))
            AwaitRoom(since);
    }

    private void Send()
    {
        if (_batch is null)
            return;
        long since = time.GetTimestamp();
        for (int left = _batch.Count; !_batch.TrySend();)
        {
            if (_batch.Count < left)
                (left, since) = (_batch.Count, time.GetTimestamp());
            AwaitRoom(since);
        }
    }

    private void AwaitRoom(long since)
    {
        cancellationToken.WaitHandle.WaitOne(FullQueue);
        cancellationToken.ThrowIfCancellationRequested();
        if (time.GetElapsedTime(since) >= Stall)
            onStall();
    }
}
