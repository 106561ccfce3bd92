using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Whether a topic is there. Producing to one that isn't would make the broker create it, as it thinks fit; a listing of all doesn't.</summary>
internal static class TopicListing
{
    /// <exception cref="KafkaException">It is not there, or nobody answers.</exception>
    public static void Require(IProducer<byte[], byte[]> producer, string topic, TimeSpan patience)
    {
        using IAdminClient admin = new DependentAdminClientBuilder(producer.Handle).Build();
        if (!admin.GetMetadata(patience).Topics.Exists(found => found.Topic == topic))
            throw new KafkaException(new Error(ErrorCode.UnknownTopicOrPart, "it is not in the cluster's list, or the user lacks Describe on it"));
    }
}
