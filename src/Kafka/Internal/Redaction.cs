namespace Gristmill.Kafka.Internal;

/// <summary>Puts the names of settings in place of their values, in texts that come from librdkafka, before they get into an error or a log.</summary>
internal static class Redaction
{
    private static readonly string[] SecretNames = ["password", "secret", "key", "token", "oauthbearer", "jaas", ".pem"];

    public static string Of(KafkaConnection connection, string text) => Replace(connection, text, IsTelling);

    /// <summary>Likewise for a text that is about the settings themselves.</summary>
    public static string OfAll(KafkaConnection connection, string text) => Replace(connection, text, (_, value) => value.Length > 0);

    private static string Replace(KafkaConnection connection, string text, Func<string, string, bool> isTelling)
    {
        // Longer values first: one may be part of another.
        foreach ((string name, string value) in connection.Settings.OrderByDescending(setting => setting.Value.Length))
        {
            if (isTelling(name, value))
                text = text.Replace(value, $"[{name}]", StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>A short text or plain number is in every text, and no secret unless the setting is one.</summary>
    private static bool IsTelling(string name, string value)
        => SecretNames.Any(secret => name.Contains(secret, StringComparison.OrdinalIgnoreCase)) ? value.Length > 0 : value.Length >= 3 && !value.All(char.IsAsciiDigit);
}
