using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Has the client look at the settings that pass through to it. Its own words hold values, so they are not repeated as they are.</summary>
internal static class SettingFaults
{
    /// <summary>The managed client's own, which librdkafka does not know.</summary>
    private const string Managed = "dotnet.";

    /// <param name="connection">Whose settings.</param>
    /// <param name="build">Makes the clients they are for, and frees them; null: not to be tried now.</param>
    public static IReadOnlyList<string> Of(KafkaConnection connection, Action? build)
    {
        List<string> faults = [.. Single(connection)];
        if (faults.Count == 0 && build is not null && Try(build) is { } error)
            faults.Add($"librdkafka does not take the Settings together: {KafkaErrors.Clean(connection, error.Message)} Mend those it names.");
        return faults;
    }

    /// <summary>Whether an error that comes when a client is made is one of its settings.</summary>
    public static bool IsOne(Exception error) => error is ArgumentException or InvalidOperationException or KafkaException;

    /// <summary>Such an error as it is told, with the setting's name and not its value.</summary>
    public static string Say(KafkaConnection connection, Exception error)
    {
        string? setting = connection.Settings.Keys.OrderByDescending(key => key.Length).FirstOrDefault(key => error.Message.Contains(key, StringComparison.Ordinal));
        string said = Redaction.OfAll(connection, error.Message);
        return setting is null
            ? $"The connection to {connection} can't be set up: {said} Correct the connection's Settings."
            : $"The connection's setting '{setting}' is refused: {said} Correct or remove it in Settings; librdkafka's documentation lists what there is.";
    }

    private static IEnumerable<string> Single(KafkaConnection connection)
    {
        using var settings = new NativeSettings();
        foreach ((string name, string value) in connection.Settings)
        {
            if (name.StartsWith(Managed, StringComparison.Ordinal))
                continue;
            switch (settings.Set(name, value))
            {
                case NativeSettings.Answer.Unknown:
                    yield return $"Settings has '{name}', which librdkafka {Library.VersionString} does not know; mend the name or leave it out.";
                    break;
                case NativeSettings.Answer.Invalid:
                    yield return $"Settings has '{name}' with a value that librdkafka {Library.VersionString} does not take; see its CONFIGURATION.md for what may be set.";
                    break;
            }
        }
    }

    private static Exception? Try(Action build)
    {
        try
        {
            build();
            return null;
        }
        catch (Exception e) when (IsOne(e))
        {
            return e;
        }
    }
}
