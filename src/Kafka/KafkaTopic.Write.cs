using System.Text.Json;
using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka;

/// <summary>Sources and sinks over topics of a Kafka cluster.</summary>
public static partial class KafkaTopic
{
    /// <summary>
    /// A sink that writes a topic exactly once, for readers with <c>isolation.level=read_committed</c>: records wait in the checkpoint and are written
    /// when it is complete, each epoch in one transaction which also records the epoch's number.
    /// </summary>
    /// <param name="connection">The cluster.</param>
    /// <param name="topic">The topic, which must exist.</param>
    /// <param name="serialize">Makes Kafka's records: <see cref="ToJson{T}(JsonSerializerOptions?)"/>, <see cref="ToUtf8"/>, <see cref="ToBytes"/>, or your own.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type.</typeparam>
    /// <exception cref="KafkaSinkException">Thrown while the job runs: topic missing, no permission, wrong credentials or settings, a record too large, the record of written epochs lost.</exception>
    public static TransactionalSink<T, KafkaStaged> Write<T>(KafkaConnection connection, string topic, KafkaSerializer<T> serialize, Action<KafkaWriteOptions>? configure = null)
        => new KafkaSink<T>(connection, topic, serialize, OptionsOf(connection, topic, serialize, configure));

    /// <summary>
    /// A sink that writes a topic at once, and so at least once: after a failure records come again. Its producer is idempotent and waits for all
    /// replicas; a checkpoint waits for the records before it.
    /// </summary>
    /// <param name="connection">The cluster.</param>
    /// <param name="topic">The topic, which must exist.</param>
    /// <param name="serialize">Makes Kafka's records: <see cref="ToJson{T}(JsonSerializerOptions?)"/>, <see cref="ToUtf8"/>, <see cref="ToBytes"/>, or your own.</param>
    /// <param name="configure">Sets options; those of transactions have no meaning here.</param>
    /// <typeparam name="T">The record type.</typeparam>
    /// <exception cref="KafkaSinkException">Thrown while the job runs: topic missing, no permission, wrong credentials or settings, a record too large, records not delivered in time.</exception>
    public static DirectSink<T> WriteAtLeastOnce<T>(KafkaConnection connection, string topic, KafkaSerializer<T> serialize, Action<KafkaWriteOptions>? configure = null)
        => new DirectKafkaSink<T>(connection, topic, serialize, OptionsOf(connection, topic, serialize, configure));

    /// <summary>Makes the record's JSON the value; the key is null, or what <paramref name="key"/> says.</summary>
    /// <param name="key">The key, as a text; null gives a null key.</param>
    /// <param name="options">How JSON is written. Default: .NET's, with camel-case names.</param>
    public static KafkaSerializer<T> ToJson<T>(Func<T, string?> key, JsonSerializerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        KafkaSerializer<T> value = ToJson<T>(options);
        return (in record, to) =>
        {
            if (key(record) is { } text)
                to.KeyUtf8(text);
            value(in record, to);
        };
    }

    /// <summary>Makes the record's JSON the value, without a key.</summary>
    /// <param name="options">How JSON is written. Default: .NET's, with camel-case names.</param>
    public static KafkaSerializer<T> ToJson<T>(JsonSerializerOptions? options = null)
    {
        options ??= JsonSerializerOptions.Web;
        var format = new JsonWriterOptions { Encoder = options.Encoder, Indented = options.WriteIndented, MaxDepth = options.MaxDepth, SkipValidation = true };

        // Subtasks serialize side by side, each on one thread at a time.
        var writers = new ThreadLocal<Utf8JsonWriter?>();
        return (in record, to) =>
        {
            System.Buffers.IBufferWriter<byte> buffer = to.ValueWriter();
            Utf8JsonWriter writer = writers.Value ??= new Utf8JsonWriter(buffer, format);
            writer.Reset(buffer);
            JsonSerializer.Serialize(writer, record, options);
            writer.Flush();
        };
    }

    /// <summary>Makes a text the value, in UTF-8, without a key; a null text is a tombstone.</summary>
    public static KafkaSerializer<string?> ToUtf8() => (in text, to) =>
    {
        if (text is not null)
            to.ValueUtf8(text);
    };

    /// <summary>Makes bytes the value, without a key; null is a tombstone.</summary>
    public static KafkaSerializer<byte[]?> ToBytes() => (in bytes, to) =>
    {
        if (bytes is not null)
            to.Value(bytes);
    };

    private static KafkaWriteOptions OptionsOf<T>(KafkaConnection connection, string topic, KafkaSerializer<T> serialize, Action<KafkaWriteOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrWhiteSpace(topic);
        ArgumentNullException.ThrowIfNull(serialize);
        var options = new KafkaWriteOptions();
        configure?.Invoke(options);
        return options;
    }
}
