using System.Buffers.Binary;

namespace Gristmill.Checkpoints.Internal;

/// <summary>
/// The bytes of a block, little-endian:
/// magic 'GMBK', format u8, encoding u8, reserved u16, header length u32, header, payload length u64, payload.
/// </summary>
internal static class BlockCodec
{
    public const byte CurrentFormat = 1;

    /// <summary>The bit of the encoding that says that the payload is encrypted; the others are the method of compression.</summary>
    public const byte Encrypted = 0x80;

    /// <summary>A block with an empty header and payload.</summary>
    public const int MinLength = FixedLength + PayloadLengthSize;

    private const int FixedLength = 12;
    private const int PayloadLengthSize = 8;
    private const int MostHeadersLength = 4096;

    // Schemas are small; a larger number is a damaged one.
    private const int MaxHeaderLength = 16 << 20;

    private static ReadOnlySpan<byte> Magic => "GMBK"u8;

    /// <summary>Refuses a payload that can't be read back in one piece.</summary>
    public static void RequirePossible(BlockHeader header, long payloadLength)
    {
        // Room is left for what encryption adds.
        if (payloadLength > Array.MaxLength - MaxHeaderLength)
            throw new ArgumentException($"A block of '{header.Operator}' has {payloadLength} bytes, more than can be read back in one piece; cut it by key group.", nameof(payloadLength));
    }

    /// <summary>Everything of a block before its payload.</summary>
    public static byte[] EncodeFront(BlockHeader header, long payloadLength, byte encoding = 0)
    {
        var encoded = BlockHeaderCodec.Encode(header);
        if (encoded.Length > MaxHeaderLength)
            throw new ArgumentException($"The header of a block of '{header.Operator}' has {encoded.Length} bytes; at most {MaxHeaderLength} are possible.", nameof(header));
        var front = new byte[FixedLength + encoded.Length + PayloadLengthSize];
        if (payloadLength > Array.MaxLength - front.Length)
            throw new ArgumentException($"A block of '{header.Operator}' has {payloadLength} bytes, more than can be read back in one piece; cut it by key group.", nameof(payloadLength));
        Magic.CopyTo(front);
        front[4] = CurrentFormat;
        front[5] = encoding;
        BinaryPrimitives.WriteUInt32LittleEndian(front.AsSpan(8), (uint)encoded.Length);
        encoded.CopyTo(front.AsSpan(FixedLength));
        BinaryPrimitives.WriteInt64LittleEndian(front.AsSpan(FixedLength + encoded.Length), payloadLength);
        return front;
    }

    /// <summary>The block in <paramref name="bytes"/>, which must be exactly one, as it is stored.</summary>
    public static StoredBlock Decode(ReadOnlyMemory<byte> bytes, string file, long offset)
    {
        var headerLength = CheckFixed(bytes.Span, file, offset);
        var payloadAt = FixedLength + (long)headerLength + PayloadLengthSize;
        if (bytes.Length < payloadAt)
            throw new CorruptCheckpointException(file, offset + 8, $"a header of {headerLength} bytes and a payload", $"a block of {bytes.Length} bytes");
        var payloadLength = BinaryPrimitives.ReadInt64LittleEndian(bytes.Span[((int)payloadAt - PayloadLengthSize)..]);
        if (payloadLength != bytes.Length - payloadAt)
            throw new CorruptCheckpointException(file, offset + payloadAt - PayloadLengthSize, $"a payload of {bytes.Length - payloadAt} bytes", $"{payloadLength}");
        var header = BlockHeaderCodec.Decode(bytes.Span.Slice(FixedLength, headerLength), file, offset + FixedLength);
        return new StoredBlock(header, bytes.Span[5], bytes, (int)payloadAt);
    }

    /// <summary>Reads what a block says of itself, without its payload; so its hash is not verified.</summary>
    public static async ValueTask<BlockHeader> ReadHeaderAsync(ICheckpointStore store, BlockInfo info, CancellationToken cancellationToken)
    {
        var bytes = new byte[Math.Min(info.Length, MostHeadersLength)];
        var read = await store.ReadAsync(info.File, info.Offset, bytes, cancellationToken);
        var headerLength = CheckFixed(bytes.AsSpan(0, read), info.File, info.Offset);
        if (FixedLength + headerLength > info.Length)
            throw new CorruptCheckpointException(info.File, info.Offset + 8, $"a header within {info.Length} bytes", $"{headerLength}");
        if (FixedLength + headerLength > read)
        {
            bytes = new byte[FixedLength + headerLength];
            read = await store.ReadAsync(info.File, info.Offset, bytes, cancellationToken);
        }

        return read < FixedLength + headerLength
            ? throw new CorruptCheckpointException(info.File, info.Offset, $"a header of {headerLength} bytes", $"{read} bytes")
            : BlockHeaderCodec.Decode(bytes.AsSpan(FixedLength, headerLength), info.File, info.Offset + FixedLength);
    }

    /// <summary>How long the block at <paramref name="offset"/> says it is, if that fits into the file.</summary>
    public static async ValueTask<int> MeasureAsync(ICheckpointStore store, string file, long offset, long fileLength, CancellationToken cancellationToken)
    {
        var bytes = new byte[FixedLength];
        var read = await store.ReadAsync(file, offset, bytes, cancellationToken);
        var headerLength = CheckFixed(bytes.AsSpan(0, read), file, offset);
        var payloadLengthAt = offset + FixedLength + headerLength;
        read = await store.ReadAsync(file, payloadLengthAt, bytes.AsMemory(0, PayloadLengthSize), cancellationToken);
        var payloadLength = read == PayloadLengthSize ? BinaryPrimitives.ReadInt64LittleEndian(bytes) : -1;
        var room = Math.Min(fileLength, offset + Array.MaxLength) - payloadLengthAt - PayloadLengthSize;
        if (payloadLength < 0 || payloadLength > room)
            throw new CorruptCheckpointException(file, payloadLengthAt, $"a payload of at most {Math.Max(0, room)} bytes", $"{payloadLength}");
        return (int)(payloadLengthAt - offset + PayloadLengthSize + payloadLength);
    }

    /// <summary>What the manifest says of a block.</summary>
    public static BlockInfo Describe(BlockHeader header, string file, long offset, long length, string hash) => new()
    {
        Operator = header.Operator,
        Name = header.Name,
        Kind = header.Kind,
        Subtask = header.Subtask,
        FirstKeyGroup = header.FirstKeyGroup,
        LastKeyGroup = header.LastKeyGroup,
        Entries = header.Entries,
        File = file,
        Offset = offset,
        Length = length,
        Hash = hash,
    };

    /// <summary>Refuses a block that is not the one the manifest means.</summary>
    public static void RequireSame(BlockHeader header, BlockInfo info)
    {
        var found = Describe(header, info.File, info.Offset, info.Length, info.Hash);
        if (found != info)
            throw new CorruptCheckpointException(info.File, info.Offset, $"the block {Text(info)}", Text(found));
    }

    private static string Text(BlockInfo info) =>
        $"{info.Operator}#{info.Subtask}/{info.Name} ({info.Kind}, key groups {info.FirstKeyGroup} to {info.LastKeyGroup}, {info.Entries} entries)";

    private static int CheckFixed(ReadOnlySpan<byte> bytes, string file, long offset)
    {
        if (bytes.Length < FixedLength)
            throw new CorruptCheckpointException(file, offset, "the beginning of a block", $"{bytes.Length} bytes");
        if (!bytes[..4].SequenceEqual(Magic))
            throw new CorruptCheckpointException(file, offset, "'GMBK'", Convert.ToHexStringLower(bytes[..4]));
        if (bytes[4] != CurrentFormat)
            throw new UnsupportedFormatException(file, "block", bytes[4], CurrentFormat);
        if (bytes[6] != 0 || bytes[7] != 0)
            throw new CorruptCheckpointException(file, offset + 6, "two zero bytes", Convert.ToHexStringLower(bytes[6..8]));
        var headerLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        return headerLength <= MaxHeaderLength
            ? (int)headerLength
            : throw new CorruptCheckpointException(file, offset + 8, $"a header of at most {MaxHeaderLength} bytes", $"{headerLength}");
    }
}

/// <summary>A block as it is stored, its payload not yet decrypted and decompressed.</summary>
internal readonly record struct StoredBlock(BlockHeader Header, byte Encoding, ReadOnlyMemory<byte> Bytes, int PayloadAt)
{
    public ReadOnlyMemory<byte> Payload => Bytes[PayloadAt..];
}
