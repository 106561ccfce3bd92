using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>What an error of the client means: wait, begin anew, or give up and say what is to be done.</summary>
internal sealed class SinkErrors(KafkaConnection connection)
{
    /// <summary>The error a wrong setting makes when a client is created.</summary>
    public KafkaSinkException WrongSetting(string topic, Exception error)
    {
        // The cause has the value in its message.
        return new KafkaSinkException(topic, SettingFaults.Say(connection, error)) { IsPermanent = true };
    }

    /// <summary>The error to give up with, if waiting can't help; else null.</summary>
    public KafkaSinkException? Permanent(string topic, string? transactionalId, string? group, Error error)
    {
        string? remedy = error.Code switch
        {
            ErrorCode.TopicAuthorizationFailed => $"The user may not write to topic '{topic}'. Grant it Write and Describe on the topic, and Read, which recording the epoch takes.",
            ErrorCode.TransactionalIdAuthorizationFailed => $"The user may not use the transactional id '{transactionalId}'. Grant it Write and Describe on it, or set another TransactionalId at the sink.",
            ErrorCode.GroupAuthorizationFailed => $"The user may not use the group '{group}', where the written epoch is recorded. Grant it Read on groups beginning with '{transactionalId}'.",
            ErrorCode.ClusterAuthorizationFailed => "The user may not write idempotently. Grant it IdempotentWrite on the cluster.",
            ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition or ErrorCode.TopicException =>
                $"Topic '{topic}' does not exist, or lacks the partition a record names. Create it, or correct the topic's name or the partition the serializer sets.",
            ErrorCode.MsgSizeTooLarge or ErrorCode.RecordListTooLarge =>
                $"A record or batch for '{topic}' is larger than the broker takes. Raise max.message.bytes at the topic, or lower MaxRecordBytes at the sink so that such a record is refused before it is in a checkpoint.",
            ErrorCode.InvalidTransactionTimeout => "TransactionTimeout is above what the broker allows. Lower TransactionTimeout at the sink, or raise transaction.max.timeout.ms at the broker.",
            ErrorCode.InvalidRecord => $"Topic '{topic}' refuses the records; a compacted topic takes none without a key, and message.timestamp.* bounds timestamps.",
            ErrorCode.InvalidTimestamp => $"Topic '{topic}' refuses a record's timestamp. See message.timestamp.before.max.ms and its sibling at the topic.",
            ErrorCode.UnsupportedVersion or ErrorCode.Local_UnsupportedFeature or ErrorCode.UnsupportedForMessageFormat => transactionalId is null
                ? "The brokers are too old: idempotent writing needs Kafka 0.11 or newer (and log.message.format.version as well). Upgrade them."
                : "The brokers are too old: transactions that record their epoch need Kafka 2.5 or newer (and inter.broker.protocol.version as well). Upgrade them, or write at least once with KafkaTopic.WriteAtLeastOnce.",
            ErrorCode.InvalidConfig or ErrorCode.Local_InvalidArg => "The connection's Settings do not go together. Correct them.",
            _ => null,
        };
        return remedy is null ? null : new KafkaSinkException(topic, $"Cannot write to '{topic}' at {connection}: {remedy} ({Say(error)})");
    }

    /// <summary>Whether the broker doesn't take the user's credentials, which may pass only if someone changes something.</summary>
    public static bool IsAuthentication(Error error) => error.Code is ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.Local_Ssl
        || error.Code is ErrorCode.UnsupportedSaslMechanism or ErrorCode.IllegalSaslState;

    public KafkaSinkException WrongCredentials(string topic, Error error) => new(
        topic,
        $"{connection} refuses the connection's credentials or certificate: {Say(error)}. Correct security.protocol, sasl.* and ssl.* in the connection's Settings.");

    public KafkaSinkException Unreachable(string topic, string reason) => new(
        topic,
        $"Cannot reach {connection} for topic '{topic}' within StartTimeout ({connection.StartTimeout.TotalSeconds:0.#} s): {reason}. "
        + "Check BootstrapServers, the network and security.protocol, or raise StartTimeout at the connection.");

    public static bool IsFencing(Error error) => error.Code is ErrorCode.ProducerFenced or ErrorCode.InvalidProducerEpoch or ErrorCode.Local_Fenced;

    /// <summary>An error in librdkafka's words, without secrets.</summary>
    public string Say(Error error) => Redaction.Of(connection, $"{error.Reason} [{error.Code}]");
}
