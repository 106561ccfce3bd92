namespace Gristmill.Kafka;

/// <summary>Which partition a record goes to that names none.</summary>
public enum KafkaPartitioner
{
    /// <summary>By the murmur2 hash of its key, as the Java client does; without a key any. The default.</summary>
    Murmur2Random,

    /// <summary>By the murmur2 hash of its key; records without a key all to one.</summary>
    Murmur2,

    /// <summary>By the CRC32 of its key, librdkafka's own way; without a key, or with an empty one, any.</summary>
    ConsistentRandom,

    /// <summary>By the CRC32 of its key; records without a key all to one.</summary>
    Consistent,

    /// <summary>Any.</summary>
    Random,
}
