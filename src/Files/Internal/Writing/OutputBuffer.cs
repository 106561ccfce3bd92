using System.Buffers;

namespace Gristmill.Files.Internal;

/// <summary>
/// Takes encoded bytes in blocks and hands each full one to a queue, without waiting. A stream to the CSV library, a
/// buffer to the JSON writer.
/// </summary>
internal sealed class OutputBuffer(IBlockQueue queue) : Stream, IBufferWriter<byte>
{
    private const int BlockSize = 256 << 10;

    private byte[] _block = ArrayPool<byte>.Shared.Rent(BlockSize);
    private int _filled;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            Span<byte> room = GetSpan();
            int count = Math.Min(room.Length, buffer.Length);
            buffer[..count].CopyTo(room);
            Advance(count);
            buffer = buffer[count..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public void Advance(int count) => _filled += count;

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _block.AsSpan(_filled);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _block.AsMemory(_filled);
    }

    /// <summary>Does nothing: a block goes out when it is full or the file ends.</summary>
    public override void Flush()
    {
    }

    /// <summary>Hands over what is left.</summary>
    public void Finish()
    {
        if (_filled > 0)
            queue.Enqueue(_block, _filled);
        else
            ArrayPool<byte>.Shared.Return(_block);
        (_block, _filled) = ([], 0);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Reserve(int bytes)
    {
        if (_block.Length - _filled >= bytes)
            return;
        if (_filled > 0)
            queue.Enqueue(_block, _filled);
        else
            ArrayPool<byte>.Shared.Return(_block);
        _block = ArrayPool<byte>.Shared.Rent(Math.Max(BlockSize, bytes));
        _filled = 0;
    }
}
