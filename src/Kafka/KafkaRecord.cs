using Confluent.Kafka;

namespace Gristmill.Kafka;

/// <summary>Makes a record of the job's type out of one of Kafka's. Called by one thread at a time for each subtask.</summary>
/// <param name="record">Valid during the call only: its bytes lie in a buffer that is used again.</param>
/// <typeparam name="T">The record type.</typeparam>
/// <returns>The record. An exception makes it a bad record, with the exception's message as the reason.</returns>
public delegate T KafkaDeserializer<T>(in KafkaRecord record);

/// <summary>A record as it lies in a topic.</summary>
public readonly ref struct KafkaRecord
{
    private readonly Timestamp _timestamp;
    private readonly Headers? _headers;

    internal KafkaRecord(
        string topic, int partition, long offset, Timestamp timestamp, ReadOnlySpan<byte> key, bool hasKey, ReadOnlySpan<byte> value, bool hasValue, Headers? headers)
    {
        Topic = topic;
        Partition = partition;
        Offset = offset;
        _timestamp = timestamp;
        Key = key;
        HasKey = hasKey;
        Value = value;
        HasValue = hasValue;
        _headers = headers;
    }

    /// <summary>The topic's name.</summary>
    public string Topic { get; }

    /// <summary>The partition's number, from 0.</summary>
    public int Partition { get; }

    /// <summary>The record's place in the partition.</summary>
    public long Offset { get; }

    /// <summary>Whose time <see cref="Timestamp"/> is.</summary>
    public KafkaTimestampType TimestampType => _timestamp.Type switch
    {
        Confluent.Kafka.TimestampType.CreateTime => KafkaTimestampType.Created,
        Confluent.Kafka.TimestampType.LogAppendTime => KafkaTimestampType.Appended,
        _ => KafkaTimestampType.None,
    };

    /// <summary>Whether it has a time; all but those of very old clients have.</summary>
    public bool HasTimestamp => TimestampType != KafkaTimestampType.None;

    /// <summary>Its time, in whole milliseconds; 1970-01-01 where it has none.</summary>
    public DateTimeOffset Timestamp => DateTimeOffset.FromUnixTimeMilliseconds(HasTimestamp ? _timestamp.UnixTimestampMs : 0);

    /// <summary>The key's bytes; empty where there is none.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>Whether it has a key, which may be empty.</summary>
    public bool HasKey { get; }

    /// <summary>The value's bytes; empty where there is none.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Whether it has a value, which may be empty; one that has not is a tombstone.</summary>
    public bool HasValue { get; }

    /// <summary>Its headers.</summary>
    /// <exception cref="InvalidOperationException"><see cref="KafkaReadOptions.Headers"/> is false, so they were not fetched from the client.</exception>
    public KafkaHeaders Headers => new(_headers
        ?? throw new InvalidOperationException("Headers are not read. Set Headers to true in the options of the source."));
}

/// <summary>Whose time a record bears.</summary>
public enum KafkaTimestampType
{
    /// <summary>It has none.</summary>
    None,

    /// <summary>The producer's: when the record was made, or what the producer set.</summary>
    Created,

    /// <summary>The broker's: when the record was appended.</summary>
    Appended,
}
