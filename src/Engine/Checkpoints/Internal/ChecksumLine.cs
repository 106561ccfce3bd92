using System.Security.Cryptography;
using System.Text;

namespace Gristmill.Checkpoints.Internal;

/// <summary>Content followed by a line with its SHA-256: readable for people, and every changed byte shows.</summary>
internal static class ChecksumLine
{
    private const int HexLength = 2 * SHA256.HashSizeInBytes;

    // "\nsha256 " + hex + "\n"
    private static ReadOnlySpan<byte> Lead => "\nsha256 "u8;

    private static int TailLength => Lead.Length + HexLength + 1;

    /// <summary>Content and its line.</summary>
    public static byte[] Append(ReadOnlySpan<byte> content)
    {
        var hex = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(content)));
        return [.. content, .. Lead, .. hex, (byte)'\n'];
    }

    /// <summary>The content, verified.</summary>
    public static ReadOnlyMemory<byte> Strip(ReadOnlyMemory<byte> bytes, string source)
    {
        if (bytes.Length < TailLength)
            throw new CorruptCheckpointException(source, 0, "content with a checksum line", $"{bytes.Length} bytes, as of a write cut short");
        var content = bytes[..^TailLength];
        var tail = bytes.Span[^TailLength..];
        if (!tail.StartsWith(Lead) || tail[^1] != '\n')
            throw new CorruptCheckpointException(source, content.Length, "a line 'sha256 …'", "something else");
        var expected = Encoding.ASCII.GetString(tail[Lead.Length..^1]);
        var found = Convert.ToHexStringLower(SHA256.HashData(content.Span));
        if (expected != found)
            throw new CorruptCheckpointException(source, 0, $"hash {expected}", found);
        return content;
    }
}
