using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Reads what the client says when something fails, and says what to do about it.</summary>
internal static class KafkaErrors
{
    /// <summary>What goes away by itself: the client tries again, and nothing is lost meanwhile.</summary>
    public static bool IsTransient(ErrorCode code) => code is
        ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_TimedOut or ErrorCode.Local_TimedOutQueue
        or ErrorCode.Local_Resolve or ErrorCode.Local_Ssl or ErrorCode.Local_WaitCoord or ErrorCode.Local_WaitCache
        or ErrorCode.Local_NodeUpdate or ErrorCode.Local_Retry or ErrorCode.LeaderNotAvailable or ErrorCode.NotLeaderForPartition
        or ErrorCode.BrokerNotAvailable or ErrorCode.ReplicaNotAvailable or ErrorCode.RequestTimedOut or ErrorCode.NetworkException
        or ErrorCode.GroupLoadInProgress or ErrorCode.GroupCoordinatorNotAvailable or ErrorCode.NotCoordinatorForGroup
        or ErrorCode.KafkaStorageError or ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch or ErrorCode.OffsetNotAvailable
        or ErrorCode.ThrottlingQuotaExceeded;

    /// <summary>The cluster knows who asks, or does not, and says no.</summary>
    public static bool IsRefusal(ErrorCode code) => code is
        ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.UnsupportedSaslMechanism or ErrorCode.IllegalSaslState
        or ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed;

    /// <summary>What concerns only the group, which nothing but monitoring depends on.</summary>
    public static bool IsOfGroup(ErrorCode code) => code is
        ErrorCode.GroupAuthorizationFailed or ErrorCode.InvalidGroupId or ErrorCode.GroupCoordinatorNotAvailable or ErrorCode.NotCoordinatorForGroup;

    /// <summary>The cause and the remedy: one sentence each.</summary>
    public static string Cause(KafkaConnection connection, Error error) => error.Code switch
    {
        ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed =>
            $"the cluster refuses the credentials: {Reason(connection, error)} Mend sasl.mechanism, sasl.username and sasl.password (or ssl.certificate.* and ssl.key.*) in the connection's Settings.",
        ErrorCode.UnsupportedSaslMechanism or ErrorCode.IllegalSaslState =>
            $"the cluster can't be signed in to this way: {Reason(connection, error)} Mend security.protocol and sasl.mechanism in the connection's Settings.",
        ErrorCode.TopicAuthorizationFailed =>
            "the user may not read the topic (TopicAuthorizationFailed). Grant it READ and DESCRIBE on the topic, or mend the credentials in the connection's Settings.",
        ErrorCode.GroupAuthorizationFailed =>
            "the user may not use the group (GroupAuthorizationFailed). Grant it READ on the group, or mend GroupId at the source.",
        ErrorCode.ClusterAuthorizationFailed =>
            "the user may not do that in the cluster (ClusterAuthorizationFailed). Grant it DESCRIBE on the cluster, or mend the credentials in the connection's Settings.",
        ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition =>
            $"there is no such topic or partition ({error.Code}). It was deleted, or its name is wrong; make it, or mend the topic at the source.",
        ErrorCode.UnsupportedVersion or ErrorCode.Local_UnsupportedFeature or ErrorCode.UnsupportedForMessageFormat =>
            $"the brokers are too old ({error.Code}): reading committed records needs Kafka 0.11 or newer. Upgrade them.",
        _ => $"the client says {error.Code}: {Reason(connection, error)} Look at the brokers' health and log.",
    };

    /// <summary>What the client says, as a sentence, without anything of the settings' values.</summary>
    public static string Reason(KafkaConnection connection, Error error) => Clean(connection, error.Reason);

    /// <summary>A text of the client's as a sentence, with the names of settings in place of their values.</summary>
    public static string Clean(KafkaConnection connection, string text)
    {
        text = Redaction.Of(connection, text).Trim();
        return text.EndsWith('.') ? text : text + ".";
    }
}
