using System.Text;

namespace Gristmill.Kafka.Internal;

/// <summary>
/// Refuses a record that is too large before it is in a checkpoint: from then on it would have to be written, and could not be.
/// </summary>
internal static class RecordLimit
{
    private const int MostOfAKey = 40;

    /// <summary>The record's size, if it is allowed.</summary>
    public static int Check(KafkaRecordBuilder record, string topic, int limit)
    {
        int size = record.SizeInBytes();
        if (size <= limit)
            return size;
        throw new KafkaSinkException(topic, $"A record for '{topic}' with the key {Describe(record)} has {size:N0} bytes; MaxRecordBytes allows {limit:N0}. "
            + "Make it smaller, or raise MaxRecordBytes at the sink and max.message.bytes at the topic.")
        {
            IsPermanent = true,
        };
    }

    private static string Describe(KafkaRecordBuilder record)
    {
        if (!record.HasKey)
            return "null";
        ReadOnlySpan<byte> key = record.KeyBytes;
        string text = Encoding.UTF8.GetString(key[..Math.Min(key.Length, MostOfAKey)]);
        string shown = text.Any(c => char.IsControl(c) || c == '\uFFFD') ? Convert.ToHexString(key[..Math.Min(key.Length, MostOfAKey / 2)]) : text;
        return key.Length > MostOfAKey ? $"'{shown}…'" : $"'{shown}'";
    }
}
