using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Consumers that read nothing: they ask what a group has committed, or stand for its name.</summary>
internal static class SilentConsumer
{
    /// <param name="connection">The cluster.</param>
    /// <param name="group">The group.</param>
    /// <param name="refused">Makes the error to throw of one that says that a setting is refused.</param>
    public static IConsumer<Ignore, Ignore> Open(KafkaConnection connection, string group, Func<Exception, Exception> refused)
    {
        try
        {
            return Build(Config(connection, group));
        }
        catch (Exception e) when (SettingFaults.IsOne(e))
        {
            throw refused(e);
        }
    }

    /// <summary>Throws as making a consumer would.</summary>
    public static void TryOut(ConsumerConfig config) => Build(ClientSettings.Unconnected(config)).Dispose();

    public static ConsumerConfig Config(KafkaConnection connection, string group)
    {
        ConsumerConfig config = ClientSettings.Apply(connection, new ConsumerConfig());
        config.GroupId = group;
        config.EnableAutoCommit = false;
        // Has the broker wait until no transaction is about to change the answer.
        config.IsolationLevel = IsolationLevel.ReadCommitted;
        return config;
    }

    private static IConsumer<Ignore, Ignore> Build(ConsumerConfig config) => new ConsumerBuilder<Ignore, Ignore>(config)
        .SetLogHandler((_, _) => { })
        .SetErrorHandler((_, _) => { })
        .Build();
}
