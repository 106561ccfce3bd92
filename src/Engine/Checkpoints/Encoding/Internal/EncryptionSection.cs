using System.Buffers.Binary;
using System.Text;

namespace Gristmill.Checkpoints.Internal;

/// <summary>
/// What an encrypted block says of its key, little-endian: key id with its length as u32 before it, salt (16 bytes), then its
/// identity: the file it was first written to, likewise, and the offset there, u64.
/// </summary>
/// <remarks>The identity is stored, so that a block copied elsewhere, as for a savepoint, stays readable.</remarks>
internal readonly record struct EncryptionSection(string KeyId, byte[] Salt, string File, long Offset)
{
    public const int SaltLength = 16;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public byte[] Encode() => [.. Text(KeyId), .. Salt, .. EncodeIdentity()];

    public byte[] EncodeIdentity()
    {
        var offset = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(offset, Offset);
        return [.. Text(File), .. offset];
    }

    /// <summary>Reads the section at the beginning of <paramref name="bytes"/>.</summary>
    public static EncryptionSection Decode(ReadOnlySpan<byte> bytes, string file, long offset, out int length)
    {
        var position = 0;
        var keyId = NextText(bytes, ref position, 4 * CheckpointEncryption.MaxKeyIdLength, file, offset);
        var salt = Next(bytes, ref position, SaltLength, file, offset).ToArray();
        var origin = NextText(bytes, ref position, ObjectName.MaxLength, file, offset);
        var at = BinaryPrimitives.ReadInt64LittleEndian(Next(bytes, ref position, sizeof(long), file, offset));
        length = position;
        return new EncryptionSection(keyId, salt, origin, at);
    }

    private static byte[] Text(string text)
    {
        var length = new byte[sizeof(int)];
        var bytes = Strict.GetBytes(text);
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return [.. length, .. bytes];
    }

    private static string NextText(ReadOnlySpan<byte> bytes, ref int position, int most, string file, long offset)
    {
        var at = offset + position;
        var length = BinaryPrimitives.ReadUInt32LittleEndian(Next(bytes, ref position, sizeof(uint), file, offset));
        if (length > most)
            throw new CorruptCheckpointException(file, at, $"a text of at most {most} bytes", $"{length}");
        try
        {
            return Strict.GetString(Next(bytes, ref position, (int)length, file, offset));
        }
        catch (DecoderFallbackException e)
        {
            throw new CorruptCheckpointException(file, at, "UTF-8", "something else", e);
        }
    }

    private static ReadOnlySpan<byte> Next(ReadOnlySpan<byte> bytes, ref int position, int length, string file, long offset)
    {
        if (bytes.Length - position < length)
            throw new CorruptCheckpointException(file, offset + position, $"{length} bytes of what says how a block is encrypted", $"{bytes.Length - position}");
        position += length;
        return bytes.Slice(position - length, length);
    }
}
