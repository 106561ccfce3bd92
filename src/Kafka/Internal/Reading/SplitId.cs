using System.Globalization;
using System.Text;
using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>A partition as a split: <c>topic/partition</c>. Names of topics have no slash.</summary>
internal static class SplitId
{
    public static string Of(TopicPartition partition) => string.Create(CultureInfo.InvariantCulture, $"{partition.Topic}/{partition.Partition.Value}");

    public static TopicPartition Parse(string id)
    {
        int slash = id.LastIndexOf('/');
        return slash > 0 && int.TryParse(id.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int partition)
            ? new TopicPartition(id[..slash], partition)
            : throw new ArgumentException($"'{id}' is no split of a Kafka source; those are named topic/partition.", nameof(id));
    }

    /// <summary>
    /// Deals a topic's partitions out in turn, beginning at a subtask that the topic's name says. The same in every process and
    /// version: subtasks agree by it without asking each other.
    /// </summary>
    public static int OwnerOf(string id, int parallelism)
    {
        TopicPartition partition = Parse(id);
        uint hash = 2166136261; // FNV-1a
        foreach (byte b in Encoding.UTF8.GetBytes(partition.Topic))
            hash = (hash ^ b) * 16777619;
        return (int)(((long)hash + partition.Partition.Value) % parallelism);
    }
}
