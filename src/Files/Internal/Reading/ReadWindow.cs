using System.Buffers;
using System.Text;

namespace Gristmill.Files.Internal;

/// <summary>
/// The bytes at hand that are not parsed yet, and where in the file they are. There is always one free byte before them,
/// because a CSV parser that is to treat them as the middle of a file wants a line feed there.
/// </summary>
internal sealed class ReadWindow : IDisposable
{
    private Chunk? _chunk;
    private byte[] _buffer = new byte[1];
    private byte[]? _joined;
    private long _base;
    private long _line;
    private int _counted = 1;

    public byte[] Buffer => _buffer;

    /// <summary>The index of the first byte.</summary>
    public int Start { get; private set; } = 1;

    /// <summary>The index behind the last byte.</summary>
    public int End { get; private set; } = 1;

    public ReadOnlySpan<byte> Rest => _buffer.AsSpan(Start, End - Start);

    /// <summary>Whether the file ends where the window does.</summary>
    public bool Final { get; private set; }

    /// <summary>Whether the byte before the window was a line feed, or there was none.</summary>
    public bool AfterLineFeed { get; private set; } = true;

    /// <summary>The file offset of the window's first byte.</summary>
    public long Offset => _base + Start;

    /// <summary>The line of the window's first byte.</summary>
    public long Line
    {
        get
        {
            CountTo(Start);
            return _line;
        }
    }

    public void Begin(long offset, long line)
    {
        _base = offset - Start;
        _line = line;
    }

    public long OffsetAt(int index) => _base + index;

    /// <summary>Lines are counted by their line feeds, and only when someone asks.</summary>
    public long LineAt(int index) => _line + _buffer.AsSpan(_counted, index - _counted).Count((byte)'\n');

    /// <summary>Moves the window's start to an index.</summary>
    public void ConsumeTo(int index)
    {
        if (index == Start)
            return;
        AfterLineFeed = _buffer[index - 1] == '\n';
        Start = index;
    }

    /// <summary>Sets the byte before the window to a line feed and gives both.</summary>
    public ReadOnlyMemory<byte> BehindLineFeed()
    {
        // The byte is behind us; where lines are still to be counted from before it, they are counted first.
        CountTo(Start);
        _buffer[Start - 1] = (byte)'\n';
        return _buffer.AsMemory(Start - 1, End - Start + 1);
    }

    /// <summary>Appends a chunk; returns the one whose bytes are no longer needed.</summary>
    public Chunk? Append(Chunk chunk)
    {
        CountTo(Start);
        int rest = End - Start;
        long offset = Offset;
        Chunk? free = _chunk;
        byte[]? oldJoin = _joined;
        if (rest < chunk.Headroom)
        {
            Rest.CopyTo(chunk.Buffer.AsSpan(chunk.Headroom - rest));
            (_buffer, _joined, Start) = (chunk.Buffer, null, chunk.Headroom - rest);
            End = chunk.Headroom + chunk.Length;
        }
        else
        {
            Join(chunk, rest);
        }
        if (oldJoin is not null)
            ArrayPool<byte>.Shared.Return(oldJoin);
        _chunk = chunk;
        _base = offset - Start;
        _counted = Start;
        Final = chunk.Last;
        return free;
    }

    /// <summary>Text from an index on, at most so many bytes.</summary>
    public string TextAt(int index, int end, int limit) => Encoding.UTF8.GetString(_buffer.AsSpan(index, Math.Min(end - index, limit)));

    public void Dispose()
    {
        _chunk?.Release();
        if (_joined is not null)
            ArrayPool<byte>.Shared.Return(_joined);
        (_chunk, _joined, _buffer) = (null, null, []);
        Start = End = 0;
    }

    /// <summary>A record longer than a chunk's free room: it and the chunk are brought together in a buffer of their own.</summary>
    private void Join(Chunk chunk, int rest)
    {
        byte[] joined = ArrayPool<byte>.Shared.Rent(1 + rest + chunk.Length);
        Rest.CopyTo(joined.AsSpan(1));
        chunk.Buffer.AsSpan(chunk.Headroom, chunk.Length).CopyTo(joined.AsSpan(1 + rest));
        (_buffer, _joined, Start, End) = (joined, joined, 1, 1 + rest + chunk.Length);
    }

    private void CountTo(int index)
    {
        _line = LineAt(index);
        _counted = index;
    }
}
