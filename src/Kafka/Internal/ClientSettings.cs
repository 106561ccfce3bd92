using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>What clients are made with: the user's settings, and over them what exactly-once depends on.</summary>
internal static class ClientSettings
{
    private static readonly Dictionary<string, string> Ours = new(StringComparer.Ordinal)
    {
        ["bootstrap.servers"] = "it is the connection's first argument.",
        ["group.id"] = "set GroupId at the source.",
        ["enable.auto.commit"] = "positions are in the checkpoint.",
        ["enable.auto.offset.store"] = "positions are in the checkpoint.",
        ["auto.offset.reset"] = "set Start and WhenExpired at the source.",
        ["isolation.level"] = "set ReadUncommitted at the source.",
        ["enable.partition.eof"] = "leave it out.",
        ["transactional.id"] = "set TransactionalId at the sink.",
        ["enable.idempotence"] = "sinks are idempotent always.",
        ["acks"] = "sinks wait for all replicas always.",
    };

    public static bool IsOurs(string setting) => Ours.ContainsKey(setting);

    public static string RemedyFor(string setting) => Ours[setting];

    /// <summary>The user's settings and the brokers, to which the caller adds its own.</summary>
    public static T Apply<T>(KafkaConnection connection, T config)
        where T : ClientConfig
    {
        foreach ((string name, string value) in connection.Settings)
            config.Set(name, value);
        config.BootstrapServers = connection.BootstrapServers;
        return config;
    }

    /// <summary>The same for a client that is made only to see whether one can be: no broker hears of it.</summary>
    public static T Unconnected<T>(T config)
        where T : ClientConfig
    {
        config.BootstrapServers = null;
        return config;
    }
}
