using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Asks for offsets of many partitions at once: one request to each leader.</summary>
internal static class Offsets
{
    // Kafka's own signs for a time.
    public const long End = -1;
    public const long First = -2;

    /// <summary>The first offset at or after a time, or <see cref="First"/> or <see cref="End"/> of a partition; where nothing is that late, its end.</summary>
    /// <exception cref="KafkaException">A partition's leader can't be asked, or refuses.</exception>
    public static Dictionary<TopicPartition, long> At<TKey, TValue>(
        IConsumer<TKey, TValue> client, IReadOnlyCollection<TopicPartition> partitions, long time, TimeSpan timeout)
    {
        Dictionary<TopicPartition, long> found = Ask(client, partitions, time, timeout);
        TopicPartition[] late = [.. found.Where(pair => pair.Value < 0).Select(pair => pair.Key)];
        if (late.Length == 0 || time == End)
            return found;
        foreach ((TopicPartition partition, long end) in Ask(client, late, End, timeout))
            found[partition] = end;
        return found;
    }

    private static Dictionary<TopicPartition, long> Ask<TKey, TValue>(
        IConsumer<TKey, TValue> client, IReadOnlyCollection<TopicPartition> partitions, long time, TimeSpan timeout)
    {
        var asked = partitions.Select(partition => new TopicPartitionTimestamp(partition, new Timestamp(time, TimestampType.NotAvailable)));
        return client.OffsetsForTimes(asked, timeout).ToDictionary(answer => answer.TopicPartition, answer => answer.Offset.Value);
    }
}
