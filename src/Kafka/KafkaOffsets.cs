using Confluent.Kafka;
using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka;

/// <summary>What a partition holds, and how far a consumer group is in it.</summary>
/// <param name="Partition">The partition's number.</param>
/// <param name="First">The offset of the oldest record that is still there.</param>
/// <param name="End">The offset behind the newest record of a committed transaction: what a reader of committed records can reach.</param>
/// <param name="Committed">The offset the group has committed: that of the next record to read; null: none.</param>
public readonly record struct KafkaPartitionOffsets(int Partition, long First, long End, long? Committed);

/// <summary>
/// Asks a cluster how far a consumer group is, as a job's <see cref="KafkaReadOptions.GroupId">group</see> is told it: behind
/// each checkpoint, when its output is out.
/// </summary>
public static class KafkaOffsets
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    /// <summary>Reads the offsets of a topic's partitions. Waits for a cluster that does not answer until it is cancelled.</summary>
    /// <param name="connection">The cluster.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="groupId">The consumer group.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One entry a partition, in their order.</returns>
    /// <exception cref="KafkaTopicMissingException">The cluster has no such topic.</exception>
    /// <exception cref="InvalidOperationException">The cluster refuses to answer, a setting is wrong, or there is no native client; the message says what to do.</exception>
    public static async Task<IReadOnlyList<KafkaPartitionOffsets>> ReadAsync(
        KafkaConnection connection, string topic, string groupId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentException.ThrowIfNullOrWhiteSpace(topic);
        ArgumentException.ThrowIfNullOrWhiteSpace(groupId);
        KafkaClient.Load();

        // The client waits where it is called, so it has a thread.
        return await Task.Factory.StartNew(() => Read(connection, topic, groupId, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static KafkaPartitionOffsets[] Read(KafkaConnection connection, string topic, string groupId, CancellationToken cancellationToken)
    {
        // The cause has the value in its message.
        using IConsumer<Ignore, Ignore> consumer = SilentConsumer.Open(connection, groupId, error => new InvalidOperationException(SettingFaults.Say(connection, error)));
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return Ask(connection, consumer, topic);
            }
            catch (KafkaException e) when (KafkaErrors.IsTransient(e.Error.Code))
            {
                cancellationToken.WaitHandle.WaitOne(AskAgain);
            }
            catch (KafkaException e)
            {
                throw new InvalidOperationException($"Kafka at {connection} does not say how far group '{groupId}' is in topic '{topic}': {KafkaErrors.Cause(connection, e.Error)}");
            }
        }
    }

    private static KafkaPartitionOffsets[] Ask(KafkaConnection connection, IConsumer<Ignore, Ignore> consumer, string topic)
    {
        using IAdminClient admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        TopicMetadata? found = admin.GetMetadata(topic, connection.StartTimeout).Topics.Find(one => one.Topic == topic);
        if (found is null || found.Error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic)
            throw new KafkaTopicMissingException(topic, connection.BootstrapServers);
        if (found.Error.IsError)
            throw new KafkaException(found.Error);
        TopicPartition[] partitions = [.. found.Partitions.Select(one => new TopicPartition(topic, one.PartitionId)).OrderBy(one => one.Partition.Value)];
        Dictionary<int, long> committed = consumer.Committed(partitions, connection.StartTimeout)
            .Where(one => !one.Offset.IsSpecial)
            .ToDictionary(one => one.Partition.Value, one => one.Offset.Value);
        Dictionary<TopicPartition, long> firsts = Offsets.At(consumer, partitions, Offsets.First, connection.StartTimeout);
        Dictionary<TopicPartition, long> ends = Offsets.At(consumer, partitions, Offsets.End, connection.StartTimeout);
        return [.. partitions.Select(partition => new KafkaPartitionOffsets(
            partition.Partition.Value, firsts[partition], ends[partition], committed.TryGetValue(partition.Partition.Value, out long offset) ? offset : null))];
    }
}

/// <summary>A cluster has no such topic.</summary>
public sealed class KafkaTopicMissingException : Exception
{
    internal KafkaTopicMissingException(string topic, string bootstrapServers)
        : base($"The Kafka cluster at '{bootstrapServers}' has no topic '{topic}'. Create it, or mend the name.")
        => Topic = topic;

    /// <summary>The topic's name.</summary>
    public string Topic { get; }
}
