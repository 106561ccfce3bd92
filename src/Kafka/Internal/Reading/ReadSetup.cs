using System.Globalization;
using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>What a source was described with, and the clients made of it.</summary>
internal sealed record ReadSetup(KafkaConnection Connection, TopicSelection Topics, KafkaReadOptions Options)
{
    /// <summary>How long consumers wait before they try a broker again that is away, unless the user says otherwise.</summary>
    private const int ReconnectAtMostMs = 2000;

    /// <summary>How soon after a checkpoint its offsets are committed to the group.</summary>
    private const int TellEveryMs = 100;

    /// <summary>
    /// A client whose own queue is full fetches nothing for this long; the default of a second makes a fast job wait most of the
    /// time. Before 2.2 it can't be set: a longer queue lasts until then, at about 300 bytes for each small record.
    /// </summary>
    private const int QueueBackoffMs = 20;

    private const int QueueBackoffSince = 0x02020000;
    private const int LongQueue = 500_000;

    public bool IsBounded => Options.End == KafkaEnd.Latest;

    /// <summary>The settings of a client of this source, those of the user below the ones positions depend on.</summary>
    public ConsumerConfig Config(SourceContext context)
    {
        var config = new ConsumerConfig { ReconnectBackoffMaxMs = ReconnectAtMostMs, AutoCommitIntervalMs = TellEveryMs };
        if (Library.Version >= QueueBackoffSince)
            config.Set("fetch.queue.backoff.ms", QueueBackoffMs.ToString(CultureInfo.InvariantCulture));
        else
            config.QueuedMinMessages = LongQueue;
        config.ClientId = string.Create(CultureInfo.InvariantCulture, $"gristmill-{context.Job}-{context.Operator}-{context.Subtask}");
        return Fix(ClientSettings.Apply(Connection, config), Options.GroupId ?? $"gristmill-{context.Job}");
    }

    public IEnumerable<string> SettingFaults() => Internal.SettingFaults.Of(Connection, () =>
        SilentConsumer.TryOut(Fix(ClientSettings.Apply(Connection, new ConsumerConfig()), "gristmill")));

    private ConsumerConfig Fix(ConsumerConfig config, string group)
    {
        // The client wants a group always; nothing is committed to one that the user has not named.
        config.GroupId = group;
        // Stored offsets, and only those, are committed by the client in the background.
        config.EnableAutoCommit = Options.GroupId is not null;
        config.EnableAutoOffsetStore = false;
        config.AutoOffsetReset = AutoOffsetReset.Error;
        // It tells where a partition ends, which may be behind offsets that bear no record.
        config.EnablePartitionEof = true;
        config.IsolationLevel = Options.ReadUncommitted ? IsolationLevel.ReadUncommitted : IsolationLevel.ReadCommitted;
        config.ConsumeResultFields = (Topics.Only is null, Options.Headers) switch
        {
            (true, true) => "timestamp,topic,headers",
            (true, false) => "timestamp,topic",
            (false, true) => "timestamp,headers",
            (false, false) => "timestamp",
        };
        return config;
    }
}
