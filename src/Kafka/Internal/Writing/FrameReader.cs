using System.Buffers.Binary;
using System.Text;

namespace Gristmill.Kafka.Internal;

/// <summary>Reads the records of a chunk, one after the other, where they lie. Checks everything: a checkpoint may be damaged, or a newer version's.</summary>
internal ref struct FrameReader
{
    private readonly ReadOnlySpan<byte> _chunk;
    private int _at;
    private int _headersLeft;

    public FrameReader(ReadOnlySpan<byte> chunk)
    {
        _chunk = chunk;
        if (chunk.Length == 0 || chunk[0] != RecordFrame.Version)
            throw new InvalidDataException($"Staged Kafka records are of version {(chunk.Length == 0 ? "none" : chunk[0])}; this release reads version {RecordFrame.Version}.");
        _at = 1;
    }

    public bool HasKey { get; private set; }

    public bool HasValue { get; private set; }

    public ReadOnlySpan<byte> Key { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>0: none.</summary>
    public long TimestampMs { get; private set; }

    /// <summary>-1: none.</summary>
    public int Partition { get; private set; }

    public int HeaderCount { get; private set; }

    private int HeadersAt { get; set; }

    /// <summary>Goes to the next record; false when there is none.</summary>
    public bool Read()
    {
        if (_at == _chunk.Length)
            return false;
        int flags = _chunk[_at++];
        if ((flags & ~RecordFrame.AllFlags) != 0)
            throw Damaged();
        (HasKey, HasValue) = ((flags & RecordFrame.Key) != 0, (flags & RecordFrame.Value) != 0);
        TimestampMs = (flags & RecordFrame.Timestamp) != 0 ? BinaryPrimitives.ReadInt64LittleEndian(Take(8)) : 0;
        Partition = (flags & RecordFrame.Partition) != 0 ? ReadNumber() : -1;
        HeaderCount = (flags & RecordFrame.Headers) != 0 ? ReadNumber() : 0;
        HeadersAt = _at;
        for (int i = 0; i < HeaderCount; i++)
        {
            Take(ReadNumber());
            Take(Math.Max(0, ReadNumber() - 1));
        }
        Key = HasKey ? Take(ReadNumber()) : default;
        Value = HasValue ? Take(ReadNumber()) : default;
        _headersLeft = HeaderCount;
        return true;
    }

    /// <summary>The record's next header.</summary>
    public bool ReadHeader(out string name, out byte[]? value)
    {
        (name, value) = ("", null);
        if (_headersLeft == 0)
            return false;
        int end = _at;
        _at = HeadersAt;
        name = Encoding.UTF8.GetString(Take(ReadNumber()));
        int length = ReadNumber() - 1;
        value = length < 0 ? null : Take(length).ToArray();
        (HeadersAt, _at) = (_at, end);
        _headersLeft--;
        return true;
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _chunk.Length - _at)
            throw Damaged();
        ReadOnlySpan<byte> taken = _chunk.Slice(_at, length);
        _at += length;
        return taken;
    }

    private int ReadNumber()
    {
        uint number = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            byte next = Take(1)[0];
            number |= (uint)(next & 0x7F) << shift;
            if (next < 0x80)
                return number <= int.MaxValue ? (int)number : throw Damaged();
        }
        throw Damaged();
    }

    private static InvalidDataException Damaged() => new("Staged Kafka records are damaged.");
}
