using System.Buffers.Binary;
using Gristmill.Protocol;

namespace Gristmill.Checkpoints.Internal;

/// <summary>A compressed payload: the length of what was compressed (8 bytes, little-endian), then the method's bytes.</summary>
internal static class CompressedPayload
{
    private const int LengthSize = 8;

    // A block is stored as it is before it is compressed beyond this, so that a short one can never make a reader take much memory.
    private const long AlwaysPlausible = 1 << 20;
    private const long MostRatio = 1024;

    /// <summary>Compresses into <paramref name="destination"/>, which is as long as the payload.</summary>
    /// <returns>The bytes written; null if it does not shrink, or shrinks beyond what a reader believes.</returns>
    public static int? TryWrite(IBlockCompression method, ReadOnlyMemory<byte> payload, Memory<byte> destination)
    {
        if (payload.Length <= LengthSize + 1)
            return null;
        // One byte less than the payload: what does not fit has not shrunk.
        var room = destination[LengthSize..(payload.Length - 1)];
        if (method.Compress(payload, room) is not { } written || payload.Length > Most(written))
            return null;
        Invariant.Holds(written >= 0 && written <= room.Length, "a method of compression keeps to its room");
        BinaryPrimitives.WriteInt64LittleEndian(destination.Span, payload.Length);
        return LengthSize + written;
    }

    /// <summary>What was compressed.</summary>
    public static ReadOnlyMemory<byte> Read(IBlockCompression method, ReadOnlyMemory<byte> stored, string file, long offset)
    {
        if (stored.Length < LengthSize)
            throw new CorruptCheckpointException(file, offset, "a compressed payload", $"{stored.Length} bytes");
        var length = BinaryPrimitives.ReadInt64LittleEndian(stored.Span);
        var most = Most(stored.Length - LengthSize);
        if (length < 0 || length > most)
            throw new CorruptCheckpointException(file, offset, $"{stored.Length - LengthSize} compressed bytes to be at most {most}", $"{length}");
        var payload = new byte[length];
        return method.TryDecompress(stored[LengthSize..], payload)
            ? payload
            : throw new CorruptCheckpointException(file, offset, $"{length} bytes compressed with {method.Name}", "something else");
    }

    private static long Most(long compressed) => Math.Min(Array.MaxLength, AlwaysPlausible + MostRatio * compressed);
}
