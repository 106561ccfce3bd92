using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Has the client look at the settings that pass through to it. Its own words hold values, so they are not repeated.</summary>
internal static class SettingFaults
{
    public static IEnumerable<string> Of(KafkaConnection connection, Action<ClientConfig> tryOut)
    {
        if (Try(connection, connection.Settings, tryOut) is not { } whole)
            return [];
        var faults = new List<string>();
        foreach ((string name, string value) in connection.Settings)
        {
            Exception? single = Try(connection, [new(name, value)], tryOut);
            if (single is InvalidOperationException && single.Message.Contains("No such configuration property", StringComparison.Ordinal))
                faults.Add($"Settings has '{name}', which librdkafka {Library.VersionString} does not know; mend the name or leave it out.");
            else if (single is ArgumentException)
                faults.Add($"Settings has '{name}' with a value that librdkafka {Library.VersionString} does not take; see its CONFIGURATION.md for what may be set.");
        }

        return faults.Count != 0 ? faults : [$"librdkafka does not take the Settings together: {KafkaErrors.Clean(connection, whole.Message)} Mend those it names."];
    }

    private static Exception? Try(KafkaConnection connection, IEnumerable<KeyValuePair<string, string>> settings, Action<ClientConfig> tryOut)
    {
        var config = new ClientConfig();
        foreach ((string name, string value) in settings)
            config.Set(name, value);
        config.BootstrapServers = connection.BootstrapServers;
        try
        {
            tryOut(config);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or KafkaException)
        {
            return e;
        }
    }
}
