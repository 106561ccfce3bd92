using System.Globalization;
using System.Text;

namespace Gristmill.Kafka.Internal;

/// <summary>A record that the deserializer refused, as it is reported.</summary>
internal static class PoisonRecord
{
    /// <summary>Of the value; enough to find and to understand it by.</summary>
    private const int MostBytes = 4096;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static BadRecord Of(in KafkaRecord record, Exception error) => new(
        string.Create(CultureInfo.InvariantCulture, $"{record.Topic}/{record.Partition}"),
        record.Offset,
        record.HasValue ? Text(record.Value) : "",
        error is FormatException or System.Text.Json.JsonException or InvalidOperationException
            ? Sentence(error.Message)
            : Sentence($"{error.GetType().Name}: {error.Message}"));

    /// <summary>As UTF-8 if it is, else in hex digits.</summary>
    private static string Text(ReadOnlySpan<byte> value)
    {
        bool isWhole = value.Length <= MostBytes;
        ReadOnlySpan<byte> shown = isWhole ? value : value[..MostBytes];
        // A character may be cut in two.
        for (int cut = 0; cut < (isWhole ? 1 : 4); cut++)
        {
            try
            {
                return Strict.GetString(shown[..^cut]) + (isWhole ? "" : "…");
            }
            catch (DecoderFallbackException)
            {
                // Tried with less, and then as no text.
            }
        }

        return Convert.ToHexString(shown[..Math.Min(shown.Length, MostBytes / 2)]) + (shown.Length <= MostBytes / 2 ? "" : "…");
    }

    private static string Sentence(string text)
    {
        string line = text.Trim();
        return line.EndsWith('.') ? line : line + ".";
    }
}
