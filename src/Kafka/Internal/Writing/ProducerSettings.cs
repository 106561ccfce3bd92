using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>What producers are made with, over the user's settings.</summary>
internal static class ProducerSettings
{
    /// <summary>Small enough not to be felt in a checkpoint, large enough to fill batches.</summary>
    private const int LingerMs = 5;

    private const int UsualMaxRequestBytes = 1_000_000;

    /// <summary>What the client counts besides key and value; headers' framing is counted too, so that is generous.</summary>
    private const int RecordOverhead = 64 << 10;

    /// <summary>The client's own highest. What a checkpoint holds must be let through, whatever the limit was when it was staged; batches have one of their own.</summary>
    private const int AnyRecord = 1_000_000_000;

    private const int MostQueued = 500_000;
    private const int BatchBytes = 512 << 10;

    public static ProducerConfig AtLeastOnce(KafkaConnection connection, KafkaWriteOptions options)
    {
        var config = new ProducerConfig
        {
            LingerMs = LingerMs,
            BatchSize = BatchBytes,
            BatchNumMessages = 50_000,
            QueueBufferingMaxMessages = MostQueued,
        };
        ClientSettings.Apply(connection, config);
        config.EnableIdempotence = true;
        config.Acks = Acks.All;
        // One record at least must have room in an empty queue.
        config.QueueBufferingMaxKbytes = (Math.Max(options.MaxUnsentBytes, options.MaxRecordBytes + RecordOverhead) >> 10) + 1;
        config.MessageMaxBytes = Math.Max(UsualMaxRequestBytes, options.MaxRecordBytes) + RecordOverhead;
        config.Partitioner = options.Partitioner switch
        {
            KafkaPartitioner.Murmur2Random => Partitioner.Murmur2Random,
            KafkaPartitioner.Murmur2 => Partitioner.Murmur2,
            KafkaPartitioner.ConsistentRandom => Partitioner.ConsistentRandom,
            KafkaPartitioner.Consistent => Partitioner.Consistent,
            _ => Partitioner.Random,
        };
        return config;
    }

    public static ProducerConfig ExactlyOnce(KafkaConnection connection, KafkaWriteOptions options, string transactionalId)
    {
        ProducerConfig config = AtLeastOnce(connection, options);
        config.MessageMaxBytes = AnyRecord;
        config.TransactionalId = transactionalId;
        config.TransactionTimeoutMs = (int)options.TransactionTimeout.TotalMilliseconds;
        // A record that fails fails the transaction: there is nothing to report of each.
        config.EnableDeliveryReports = false;
        return config;
    }
}
