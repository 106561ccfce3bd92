using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka;

/// <summary>Where a Kafka cluster is and how to talk to it. One may serve many sources and sinks.</summary>
public sealed class KafkaConnection
{
    /// <summary>Creates the description of a cluster; nothing is opened.</summary>
    /// <param name="bootstrapServers">Brokers to ask first, as <c>host:port</c>, several with commas between them.</param>
    public KafkaConnection(string bootstrapServers)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(bootstrapServers);
        BootstrapServers = bootstrapServers;
    }

    /// <summary>Brokers to ask first.</summary>
    public string BootstrapServers { get; }

    /// <summary>
    /// Settings of librdkafka by their own names, for both sources and sinks: <c>security.protocol</c>,
    /// <c>sasl.mechanism</c>, <c>sasl.username</c>, <c>sasl.password</c>, <c>ssl.ca.location</c> and so on. Their values never
    /// reach a log or an error. What the engine relies on (offsets, transactions, delivery) can't be set here.
    /// </summary>
    public IDictionary<string, string> Settings { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>How long a start waits for the cluster before it fails with an error that says why. Default: 10 s; from 1 s to 10 min.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public override string ToString() => BootstrapServers;

    internal IEnumerable<string> Faults()
    {
        if (NativeClient.WhyMissing is { } missing)
            yield return missing;
        if (StartTimeout < TimeSpan.FromSeconds(1) || StartTimeout > TimeSpan.FromMinutes(10))
            yield return $"StartTimeout is {StartTimeout}; set it to between 1 s and 10 min.";
        foreach (string setting in Settings.Keys.Where(ClientSettings.IsOurs))
            yield return $"Settings has '{setting}', which the connector sets itself; {ClientSettings.RemedyFor(setting)}";
    }
}
