using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Writes staged records to a topic in their order; waits where the client's queue is full.</summary>
internal sealed unsafe class ChunkWriter(IProducer<byte[], byte[]> producer, string topic, CancellationToken cancellationToken) : IDisposable
{
    private static readonly TimeSpan FullQueue = TimeSpan.FromMilliseconds(2);

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
        while (!_single.TryProduce(ref record))
            AwaitRoom();
    }

    private void Send()
    {
        while (_batch?.TrySend() == false)
            AwaitRoom();
    }

    private void AwaitRoom()
    {
        cancellationToken.WaitHandle.WaitOne(FullQueue);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
