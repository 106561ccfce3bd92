using System.Buffers;

namespace Gristmill.Checkpoints.Internal;

/// <summary>Compresses and encrypts the blocks of one file.</summary>
internal sealed class BlockEncoder
{
    // Below this even compressing costs less than a hop to the pool and back.
    private const int InlineLength = 4 << 10;

    private readonly BlockEncoding _encoding;
    private readonly string _file;
    private readonly byte[] _salt = new byte[EncryptionSection.SaltLength];

    public BlockEncoder(BlockEncoding encoding, string file)
    {
        _encoding = encoding;
        _file = file;
        encoding.Encryption?.Salts.Fill(_salt);
    }

    /// <summary>A block as it is stored; on the pool if asked for and worth it. At each offset once: the key is derived from it.</summary>
    public Task<EncodedBlock> EncodeAsync(BlockHeader header, ReadOnlySequence<byte> payload, long offset, bool offCaller) =>
        offCaller && payload.Length > InlineLength
            ? IoPool.Run(() => Encode(header, payload, offset))
            : Task.FromResult(Encode(header, payload, offset));

    private EncodedBlock Encode(BlockHeader header, ReadOnlySequence<byte> payload, long offset)
    {
        BlockCodec.RequirePossible(header, payload.Length);
        var content = payload.IsSingleSegment ? payload.First : payload.ToArray();
        byte[]? compressed = null;
        byte[]? encrypted = null;
        byte number = 0;
        try
        {
            if (_encoding.Compression is { } method)
            {
                compressed = ArrayPool<byte>.Shared.Rent(content.Length);
                if (CompressedPayload.TryWrite(method, content, compressed) is { } length)
                    (content, number) = (compressed.AsMemory(0, length), method.Id);
            }
            if (_encoding.Encryption is not { } encryption)
                return new EncodedBlock(BlockCodec.EncodeFront(header, content.Length, number), content, compressed, null);
            var front = Encrypt(encryption, header, number, offset, ref content, out encrypted);
            return new EncodedBlock(front, content, compressed, encrypted);
        }
        catch
        {
            EncodedBlock.Return(compressed, encrypted);
            throw;
        }
    }

    private byte[] Encrypt(
        CheckpointEncryption encryption, BlockHeader header, byte number, long offset, ref ReadOnlyMemory<byte> content, out byte[] encrypted)
    {
        var id = encryption.Keys.CurrentId;
        if (encryption.Keys.Find(id) is not { } key)
            throw new InvalidOperationException($"Checkpoints.Encryption has keys whose current one '{id}' can't be found; Find(\"{id}\") must return it.");
        if (CheckpointEncryption.FaultOf(id, key.Length) is { } fault)
            throw new InvalidOperationException($"Checkpoints.Encryption: {fault}");
        var section = new EncryptionSection(id, _salt, _file, offset);
        var length = EncryptedPayload.Overhead(section.Encode()) + (long)content.Length;
        var front = BlockCodec.EncodeFront(header, length, (byte)(number | BlockCodec.Encrypted));
        encrypted = ArrayPool<byte>.Shared.Rent((int)length);
        EncryptedPayload.Write(key, section, front, content.Span, encrypted.AsSpan(0, (int)length));
        content = encrypted.AsMemory(0, (int)length);
        return front;
    }
}

/// <summary>A block as it is stored, in buffers of the pool until disposed.</summary>
internal sealed record EncodedBlock(byte[] Front, ReadOnlyMemory<byte> Payload, byte[]? Compressed, byte[]? Encrypted) : IDisposable
{
    public void Dispose() => Return(Compressed, Encrypted);

    /// <summary>Gives buffers back; the content of blocks that are encrypted stays in none of them.</summary>
    public static void Return(byte[]? compressed, byte[]? encrypted)
    {
        if (compressed is not null)
            ArrayPool<byte>.Shared.Return(compressed, clearArray: encrypted is not null);
        if (encrypted is not null)
            ArrayPool<byte>.Shared.Return(encrypted);
    }
}
