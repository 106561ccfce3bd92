using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Hands records to the client, which copies them at once, so that the arrays it wants can be used again.</summary>
internal sealed class RecordProducer(IProducer<byte[], byte[]> producer, string topic)
{
    private static readonly Headers NoHeaders = [];

    private readonly ArrayCache _keys = new();
    private readonly ArrayCache _values = new();
    private readonly Message<byte[], byte[]> _message = new();
    private readonly TopicPartition _any = new(topic, Partition.Any);

    /// <summary>False: the client's queue is full.</summary>
    public bool TryProduce(ref FrameReader record)
    {
        // A record that found the queue full comes again, and its headers are read already.
        _message.Headers ??= HeadersOf(ref record);
        return TryProduce(record.HasKey, record.Key, record.HasValue, record.Value, record.TimestampMs, record.Partition, null);
    }

    /// <summary>False: the client's queue is full.</summary>
    public bool TryProduce(KafkaRecordBuilder record, Action<DeliveryReport<byte[], byte[]>> onDelivered)
    {
        _message.Headers = HeadersOf(record);
        return TryProduce(record.HasKey, record.KeyBytes, record.HasValue, record.ValueBytes, record.TimestampMs, record.ChosenPartition ?? -1, onDelivered);
    }

    private bool TryProduce(
        bool hasKey, ReadOnlySpan<byte> key, bool hasValue, ReadOnlySpan<byte> value, long timestampMs, int partition, Action<DeliveryReport<byte[], byte[]>>? onDelivered)
    {
        _message.Key = hasKey ? _keys.Copy(key) : null!;
        _message.Value = hasValue ? _values.Copy(value) : null!;
        _message.Timestamp = timestampMs == 0 ? Timestamp.Default : new Timestamp(timestampMs, TimestampType.CreateTime);
        try
        {
            producer.Produce(partition < 0 ? _any : new TopicPartition(topic, partition), _message, onDelivered);
        }
        catch (KafkaException e) when (e.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
        _message.Headers = null!;
        return true;
    }

    private static Headers HeadersOf(ref FrameReader record)
    {
        if (record.HeaderCount == 0)
            return NoHeaders;
        var headers = new Headers();
        while (record.ReadHeader(out string name, out byte[]? value))
            headers.Add(name, value);
        return headers;
    }

    private static Headers HeadersOf(KafkaRecordBuilder record)
    {
        if (record.HeaderCount == 0)
            return NoHeaders;
        var headers = new Headers();
        for (int i = 0; i < record.HeaderCount; i++)
        {
            (string name, int length) = record.HeaderAt(i);
            headers.Add(name, length < 0 ? null : record.HeaderBytes(i).ToArray());
        }
        return headers;
    }

    /// <summary>The client takes whole arrays; one of each small length is kept.</summary>
    private sealed class ArrayCache
    {
        private const int Longest = 4096;
        private readonly byte[]?[] _arrays = new byte[]?[Longest + 1];

        public byte[] Copy(ReadOnlySpan<byte> bytes)
        {
            byte[] array = bytes.Length > Longest ? new byte[bytes.Length] : _arrays[bytes.Length] ??= new byte[bytes.Length];
            bytes.CopyTo(array);
            return array;
        }
    }
}
