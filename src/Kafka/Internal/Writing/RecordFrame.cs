using System.Buffers.Binary;
using System.Text;

namespace Gristmill.Kafka.Internal;

/// <summary>
/// How staged records lie in a chunk: a byte with the format's version, then the records one after the other. A record is a byte of flags, then
/// what they say is there: timestamp (8 bytes), partition, headers (their number; each its name, then its value's length plus one, 0 for null), key, value.
/// Numbers are 7 bits a byte, least significant first.
/// </summary>
internal static class RecordFrame
{
    public const byte Version = 1;

    public const byte Key = 1;
    public const byte Value = 2;
    public const byte Timestamp = 4;
    public const byte Partition = 8;
    public const byte Headers = 16;
    public const byte AllFlags = Key | Value | Timestamp | Partition | Headers;

    private const int MostOfANumber = 5;

    /// <summary>No less than what <see cref="Write"/> needs.</summary>
    public static int RoomFor(KafkaRecordBuilder record, int size) => size + 1 + 8 + (4 * MostOfANumber) + (2 * MostOfANumber * record.HeaderCount);

    /// <summary>Writes a record and returns its length.</summary>
    public static int Write(Span<byte> to, KafkaRecordBuilder record)
    {
        int at = 1;
        int flags = (record.HasKey ? Key : 0) | (record.HasValue ? Value : 0);
        if (record.TimestampMs != 0)
        {
            flags |= Timestamp;
            BinaryPrimitives.WriteInt64LittleEndian(to[at..], record.TimestampMs);
            at += 8;
        }
        if (record.ChosenPartition is { } partition)
        {
            flags |= Partition;
            at += WriteNumber(to[at..], partition);
        }
        if (record.HeaderCount > 0)
        {
            flags |= Headers;
            at += WriteHeaders(to[at..], record);
        }
        if (record.HasKey)
            at += WriteBytes(to[at..], record.KeyBytes);
        if (record.HasValue)
            at += WriteBytes(to[at..], record.ValueBytes);
        to[0] = (byte)flags;
        return at;
    }

    private static int WriteHeaders(Span<byte> to, KafkaRecordBuilder record)
    {
        int at = WriteNumber(to, record.HeaderCount);
        for (int i = 0; i < record.HeaderCount; i++)
        {
            (string name, int length) = record.HeaderAt(i);
            at += WriteNumber(to[at..], Encoding.UTF8.GetByteCount(name));
            at += Encoding.UTF8.GetBytes(name, to[at..]);
            at += WriteNumber(to[at..], length + 1);
            ReadOnlySpan<byte> value = record.HeaderBytes(i);
            value.CopyTo(to[at..]);
            at += value.Length;
        }
        return at;
    }

    private static int WriteBytes(Span<byte> to, ReadOnlySpan<byte> bytes)
    {
        int at = WriteNumber(to, bytes.Length);
        bytes.CopyTo(to[at..]);
        return at + bytes.Length;
    }

    private static int WriteNumber(Span<byte> to, int number)
    {
        uint left = (uint)number;
        int at = 0;
        for (; left >= 0x80; left >>= 7)
            to[at++] = (byte)(left | 0x80);
        to[at++] = (byte)left;
        return at;
    }
}
