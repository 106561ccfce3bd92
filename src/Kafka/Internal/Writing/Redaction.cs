namespace Gristmill.Kafka.Internal;

/// <summary>Takes the values of settings out of texts that come from librdkafka, before they get into an error or a log.</summary>
internal static class Redaction
{
    /// <summary>Shorter values ("PLAIN", "all") are no secrets, and would hit words that only look like them.</summary>
    private const int ShortestSecret = 6;

    public static string Of(KafkaConnection connection, string text) => Replace(connection, text, setting => setting.Value.Length >= ShortestSecret || IsSecret(setting.Key));

    /// <summary>Likewise for a text that is about the settings themselves.</summary>
    public static string OfAll(KafkaConnection connection, string text) => Replace(connection, text, setting => setting.Value.Length > 0);

    private static string Replace(KafkaConnection connection, string text, Func<KeyValuePair<string, string>, bool> isSecret)
    {
        foreach (KeyValuePair<string, string> setting in connection.Settings.Where(isSecret).OrderByDescending(setting => setting.Value.Length))
        {
            if (setting.Value.Length > 0)
                text = text.Replace(setting.Value, "***", StringComparison.Ordinal);
        }

        return text;
    }

    private static bool IsSecret(string setting) =>
        setting.Contains("password", StringComparison.Ordinal) || setting.Contains("secret", StringComparison.Ordinal) || setting.EndsWith(".pem", StringComparison.Ordinal);
}
