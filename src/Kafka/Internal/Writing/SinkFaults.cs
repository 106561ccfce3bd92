namespace Gristmill.Kafka.Internal;

/// <summary>Faults of a sink's settings.</summary>
internal static class SinkFaults
{
    private const int LongestTopic = 249;

    public static IEnumerable<string> Of(KafkaConnection connection, string topic, KafkaWriteOptions options)
    {
        if (topic.Length > LongestTopic || topic is "." or ".." || !topic.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
            yield return $"The topic is '{topic}'; Kafka takes up to {LongestTopic} letters, digits, '.', '_' and '-'.";
        foreach (string fault in connection.Faults().Concat(options.Faults()))
            yield return fault;
    }
}
