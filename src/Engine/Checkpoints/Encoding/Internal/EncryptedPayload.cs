using System.Security.Cryptography;

namespace Gristmill.Checkpoints.Internal;

/// <summary>
/// An encrypted payload: the section of <see cref="EncryptionSection"/>, the tag (16 bytes), the ciphertext. Everything of the
/// block before the tag is authenticated too. docs/decisions/0008-encrypted-blocks.md has the reasons.
/// </summary>
internal static class EncryptedPayload
{
    private const int TagLength = 16;
    private const int KeyLength = 32;

    // Each derived key encrypts one block and no other, so the nonce can't repeat under it.
    private static ReadOnlySpan<byte> Nonce => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>What an encrypted payload is longer by than its content.</summary>
    public static int Overhead(ReadOnlySpan<byte> section) => section.Length + TagLength;

    /// <summary>Encrypts into <paramref name="destination"/>: section, tag, ciphertext.</summary>
    public static void Write(
        ReadOnlySpan<byte> key, EncryptionSection section, ReadOnlySpan<byte> front, ReadOnlySpan<byte> content, Span<byte> destination)
    {
        var bytes = section.Encode();
        bytes.CopyTo(destination);
        var tag = destination.Slice(bytes.Length, TagLength);
        var derived = Derive(key, section);
        try
        {
            using var cipher = new AesGcm(derived, TagLength);
            cipher.Encrypt(Nonce, content, destination.Slice(bytes.Length + TagLength, content.Length), tag, [.. front, .. bytes]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    /// <summary>What was encrypted.</summary>
    public static ReadOnlyMemory<byte> Read(ICheckpointKeys? keys, ReadOnlyMemory<byte> block, int payloadAt, string file, long offset)
    {
        var section = EncryptionSection.Decode(block.Span[payloadAt..], file, offset + payloadAt, out var length);
        var contentAt = payloadAt + length + TagLength;
        if (block.Length < contentAt)
            throw new CorruptCheckpointException(file, offset + payloadAt, "an encrypted payload", $"{block.Length - payloadAt} bytes");
        var derived = Derive(KeyOf(keys, section.KeyId, file, offset), section);
        try
        {
            var content = new byte[block.Length - contentAt];
            using var cipher = new AesGcm(derived, TagLength);
            cipher.Decrypt(Nonce, block.Span[contentAt..], block.Span.Slice(contentAt - TagLength, TagLength), content, block.Span[..(contentAt - TagLength)]);
            return content;
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new BlockDecodingException(file, offset,
                $"can't be decrypted with key '{section.KeyId}': the key is another than it was written with, or the block was changed. Let Checkpoints.Encryption find '{section.KeyId}' as it was then.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    private static ReadOnlySpan<byte> KeyOf(ICheckpointKeys? keys, string id, string file, long offset)
    {
        if (keys is null)
            throw new BlockDecodingException(file, offset, $"is encrypted with key '{id}', and no keys are given. Set Checkpoints.Encryption to keys that find '{id}'.");
        if (keys.Find(id) is not { } key)
            throw new BlockDecodingException(file, offset, $"is encrypted with key '{id}', which the keys given don't have. Let Checkpoints.Encryption find '{id}' as long as checkpoints written under it are kept.");
        return CheckpointEncryption.FaultOf(id, key.Length) is { } fault
            ? throw new BlockDecodingException(file, offset, $"is encrypted with key '{id}', and the one given can't be it. {fault}")
            : key;
    }

    private static byte[] Derive(ReadOnlySpan<byte> key, EncryptionSection section)
    {
        var derived = new byte[KeyLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, section.Salt, [.. "gristmill block 1\0"u8, .. section.EncodeIdentity()]);
        return derived;
    }
}
