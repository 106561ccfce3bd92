using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Asks the broker which epoch was written last: the offset of the group that bears its record.</summary>
internal static class RecordedEpoch
{
    /// <summary>The recorded epoch; null: none. Only what is committed and can't change any more is an answer.</summary>
    /// <exception cref="KafkaException">No answer, or a refusal.</exception>
    public static long? Ask(KafkaConnection connection, RecordName name, TimeSpan patience)
    {
        var config = ClientSettings.Apply(connection, new ConsumerConfig { GroupId = name.Group, EnableAutoCommit = false });

        // Has the broker wait until no transaction is about to change the answer.
        config.IsolationLevel = IsolationLevel.ReadCommitted;
        using IConsumer<Ignore, Ignore> client = new ConsumerBuilder<Ignore, Ignore>(config)
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
        try
        {
            long epoch = client.Committed([new TopicPartition(name.Topic, 0)], patience)[0].Offset.Value;
            return epoch >= 0 ? epoch : null;
        }
        catch (TopicPartitionOffsetException e)
        {
            throw new KafkaException(e.Results[0].Error);
        }
    }
}
