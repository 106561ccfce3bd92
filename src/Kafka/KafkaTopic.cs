using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka;

/// <summary>Topics of Kafka as sources and sinks.</summary>
public static partial class KafkaTopic
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a topic: a split a partition, each in order; partitions added while the job runs are read from their first record.</summary>
    /// <param name="connection">The cluster.</param>
    /// <param name="topic">The topic's name.</param>
    /// <param name="deserialize">
    /// Makes a record of what the topic holds, on the reading thread of the subtask; one it throws for is a bad record. Ready
    /// ones: <see cref="Json{T}(JsonSerializerOptions?)"/>, <see cref="Utf8"/>, <see cref="Bytes"/>.
    /// </param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public static Source<T, KafkaPosition> Read<T>(
        KafkaConnection connection, string topic, KafkaDeserializer<T> deserialize, Action<KafkaReadOptions>? configure = null)
        => Read(connection, [topic], deserialize, configure);

    /// <summary>Reads several topics as one source, as <see cref="Read{T}(KafkaConnection, string, KafkaDeserializer{T}, Action{KafkaReadOptions}?)"/> reads one.</summary>
    /// <param name="connection">The cluster.</param>
    /// <param name="topics">The topics' names.</param>
    /// <param name="deserialize">Makes a record of what the topics hold.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public static Source<T, KafkaPosition> Read<T>(
        KafkaConnection connection, IEnumerable<string> topics, KafkaDeserializer<T> deserialize, Action<KafkaReadOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(topics);
        ArgumentNullException.ThrowIfNull(deserialize);
        return new KafkaSource<T>(connection, new NamedTopics(topics), deserialize, Configured(configure));
    }

    /// <summary>
    /// Reads all topics whose whole name matches a pattern, those made while the job runs included. Kafka's own, whose names
    /// begin with <c>__</c>, are left out.
    /// </summary>
    /// <param name="connection">The cluster.</param>
    /// <param name="pattern">A regular expression of .NET's, without lookarounds and back references; <c>orders-.*</c> matches orders-eu and not old-orders-eu.</param>
    /// <param name="deserialize">Makes a record of what the topics hold.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public static Source<T, KafkaPosition> ReadPattern<T>(
        KafkaConnection connection, string pattern, KafkaDeserializer<T> deserialize, Action<KafkaReadOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(deserialize);
        return new KafkaSource<T>(connection, new TopicPattern(pattern), deserialize, Configured(configure));
    }

    /// <summary>Takes the value as JSON. No value (a tombstone), and a JSON null, are bad records.</summary>
    /// <param name="options">The serializer's options; null: <see cref="JsonSerializerOptions.Web"/> (names without case, camelCase).</param>
    /// <typeparam name="T">The record type.</typeparam>
    /// <exception cref="NotSupportedException">The options have no way to read the type.</exception>
    public static KafkaDeserializer<T> Json<T>(JsonSerializerOptions? options = null)
        => Json((JsonTypeInfo<T>)(options ?? JsonSerializerOptions.Web).GetTypeInfo(typeof(T)));

    /// <summary>Takes the value as JSON, by the metadata of a source generator. No value (a tombstone), and a JSON null, are bad records.</summary>
    /// <param name="typeInfo">The type's metadata.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public static KafkaDeserializer<T> Json<T>(JsonTypeInfo<T> typeInfo)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        return (in KafkaRecord record) => JsonSerializer.Deserialize(ValueOf(in record), typeInfo) ?? throw new JsonException("The value is the JSON null.");
    }

    /// <summary>Takes the value as UTF-8 text. No value (a tombstone), and bytes that are not UTF-8, are bad records.</summary>
    public static KafkaDeserializer<string> Utf8() => (in KafkaRecord record) => StrictUtf8.GetString(ValueOf(in record));

    /// <summary>Takes the value's bytes. No value (a tombstone) is a bad record.</summary>
    public static KafkaDeserializer<byte[]> Bytes() => (in KafkaRecord record) => ValueOf(in record).ToArray();

    private static ReadOnlySpan<byte> ValueOf(in KafkaRecord record) => record.HasValue
        ? record.Value
        : throw new FormatException("The record has no value (a tombstone). To take such records, give a deserializer of your own that looks at HasValue.");

    private static KafkaReadOptions Configured(Action<KafkaReadOptions>? configure)
    {
        var options = new KafkaReadOptions();
        configure?.Invoke(options);
        return options;
    }
}
