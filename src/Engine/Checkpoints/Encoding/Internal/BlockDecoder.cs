namespace Gristmill.Checkpoints.Internal;

/// <summary>Decrypts and decompresses blocks.</summary>
internal static class BlockDecoder
{
    private const int InlineLength = 4 << 10;

    /// <summary>The block as it was before it was stored; on the pool if asked for and worth it.</summary>
    /// <exception cref="BlockDecodingException">The key or the method of compression is missing, or the key is wrong.</exception>
    /// <exception cref="CorruptCheckpointException">It is damaged.</exception>
    public static ValueTask<Block> DecodeAsync(StoredBlock block, BlockDecoding decoding, string file, long offset, bool offCaller)
    {
        if (block.Encoding == 0)
            return new(new Block(block.Header, block.Payload));
        return offCaller && block.Bytes.Length > InlineLength
            ? new(IoPool.Run(() => Decode(block, decoding, file, offset)))
            : new(Decode(block, decoding, file, offset));
    }

    private static Block Decode(StoredBlock block, BlockDecoding decoding, string file, long offset)
    {
        var payload = block.Payload;
        if ((block.Encoding & BlockCodec.Encrypted) != 0)
            payload = EncryptedPayload.Read(decoding.Keys, block.Bytes, block.PayloadAt, file, offset);
        var number = (byte)(block.Encoding & ~BlockCodec.Encrypted);
        if (number != 0)
            payload = CompressedPayload.Read(MethodOf(number, decoding, file, offset), payload, file, offset);
        return new Block(block.Header, payload);
    }

    private static IBlockCompression MethodOf(byte number, BlockDecoding decoding, string file, long offset) =>
        decoding.Find(number) ?? throw new BlockDecodingException(file, offset, number < 64
            ? $"is compressed with method {number}, which this version of Gristmill does not know. Use the version that wrote it, or a newer one."
            : $"is compressed with method {number}, which is not known here. Add it to Checkpoints.KnownCompressions.");
}
