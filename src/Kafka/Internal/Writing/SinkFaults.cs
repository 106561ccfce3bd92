using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Faults of a sink's settings.</summary>
internal static class SinkFaults
{
    private const int LongestTopic = 249;

    /// <param name="connection">The cluster.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="options">The options.</param>
    /// <param name="build">Makes the sink's clients and frees them.</param>
    public static IEnumerable<string> Of(KafkaConnection connection, string topic, KafkaWriteOptions options, Action build)
    {
        string[] faults = [.. OfTopic(topic), .. connection.Faults(), .. options.Faults()];
        // Options are among the clients' settings: where they have faults, these are all there is to say.
        return NativeClient.WhyMissing is null ? [.. faults, .. SettingFaults.Of(connection, faults.Length == 0 ? build : null)] : faults;
    }

    /// <summary>Throws as making a producer would.</summary>
    public static void TryOut(ProducerConfig config)
        => new ProducerBuilder<byte[], byte[]>(ClientSettings.Unconnected(config)).SetLogHandler(static (_, _) => { }).Build().Dispose();

    private static IEnumerable<string> OfTopic(string topic)
    {
        if (topic.Length > LongestTopic || topic is "." or ".." || !topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            yield return $"The topic is '{topic}'; Kafka takes up to {LongestTopic} letters, digits, '.', '_' and '-'.";
    }
}
