namespace Gristmill.Checkpoints.Internal;

/// <summary>An object of the memory store.</summary>
internal sealed record MemoryObject(ReadOnlyMemory<byte> Content, DateTimeOffset Modified)
{
    private byte[] _buffer = [];

    /// <summary>The object with a line more. Only the newest version may be appended to: versions share their buffer.</summary>
    public MemoryObject Append(ReadOnlySpan<byte> line, DateTimeOffset now)
    {
        var length = Content.Length + line.Length;
        var buffer = _buffer;
        if (buffer.Length < length)
        {
            buffer = new byte[Math.Max(256, 2 * length)];
            Content.CopyTo(buffer);
        }
        line.CopyTo(buffer.AsSpan(Content.Length));
        return new MemoryObject(buffer.AsMemory(0, length), now) { _buffer = buffer };
    }
}
