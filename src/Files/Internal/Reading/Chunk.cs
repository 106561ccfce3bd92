using System.Buffers;

namespace Gristmill.Files.Internal;

/// <summary>
/// Bytes read ahead, behind some free room for the unfinished record of the chunk before. It has one owner at a time: the
/// pool thread that fills it, or the worker that parses it.
/// </summary>
internal sealed class Chunk(int headroom, int size)
{
    public readonly byte[] Buffer = ArrayPool<byte>.Shared.Rent(headroom + size);
    public readonly int Headroom = headroom;
    public readonly int Size = size;
    public int Length;
    public bool Last;
    public Exception? Error;

    public Span<byte> Room => Buffer.AsSpan(Headroom, Size);

    public void Release() => ArrayPool<byte>.Shared.Return(Buffer);
}
