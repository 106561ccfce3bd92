using System.Buffers.Binary;
using System.Numerics;

namespace Gristmill.Spill;

/// <summary>How a record lies in its chunk: length, checksum, content. The checksum covers the address too: a record in another's place is none.</summary>
internal static class Framing
{
    public const int HeaderBytes = 8;

    public static void Write(Span<byte> framed, long address, ReadOnlySpan<byte> record)
    {
        BinaryPrimitives.WriteInt32LittleEndian(framed, record.Length);
        record.CopyTo(framed[HeaderBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(framed[sizeof(int)..], Checksum(address, record));
    }

    /// <summary>The length a record says it has.</summary>
    public static int LengthOf(ReadOnlySpan<byte> framed) => BinaryPrimitives.ReadInt32LittleEndian(framed);

    /// <summary>A record's content.</summary>
    /// <exception cref="IOException">It is not what was written.</exception>
    public static ReadOnlyMemory<byte> Read(ReadOnlyMemory<byte> framed, long address)
    {
        int length = framed.Length < HeaderBytes ? -1 : LengthOf(framed.Span);
        if (length < 0 || length > framed.Length - HeaderBytes)
            throw Damaged(address);
        ReadOnlyMemory<byte> record = framed.Slice(HeaderBytes, length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(framed.Span[sizeof(int)..]) != Checksum(address, record.Span))
            throw Damaged(address);
        return record;
    }

    private static IOException Damaged(long address) => new($"The record at {address} is not what was written: its checksum is wrong.");

    private static uint Checksum(long address, ReadOnlySpan<byte> bytes)
    {
        uint sum = BitOperations.Crc32C(~(uint)bytes.Length, (ulong)address);
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte one in bytes)
            sum = BitOperations.Crc32C(sum, one);
        return sum;
    }
}
