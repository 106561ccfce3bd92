namespace Gristmill.Checkpoints.Internal;

/// <summary>Memory as a stream that does not grow: what does not fit is dropped, and that is noted.</summary>
internal sealed class MemoryWindow(Memory<byte> memory) : Stream
{
    private int _position;

    public bool IsOverfull { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => memory.Length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, memory.Length - _position);
        memory.Span.Slice(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        IsOverfull |= buffer.Length > memory.Length - _position;
        if (IsOverfull)
            return;
        buffer.CopyTo(memory.Span[_position..]);
        _position += buffer.Length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
