using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Asks the broker which epoch was written last: the offset of the group that bears its record.</summary>
internal static class RecordedEpoch
{
    /// <summary>The recorded epoch; null: none. Only what is committed and can't change any more is an answer.</summary>
    /// <exception cref="KafkaException">No answer, or a refusal.</exception>
    /// <exception cref="KafkaSinkException">The client refuses a setting.</exception>
    public static long? Ask(KafkaConnection connection, RecordName name, TimeSpan patience)
    {
        using IConsumer<Ignore, Ignore> client = SilentConsumer.Open(connection, name.Group, error => new SinkErrors(connection).WrongSetting(name.Topic, error));
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
