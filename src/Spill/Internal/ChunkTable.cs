namespace Gristmill.Spill;

/// <summary>A part of a log that is written at once.</summary>
/// <param name="Position">Where its first record lies in FASTER's log, in bytes.</param>
/// <param name="Length">How long it is, in bytes.</param>
/// <param name="Bytes">Its content as long as it may not be on the disk; null: it is.</param>
internal readonly record struct Chunk(long Position, int Length, byte[]? Bytes);

/// <summary>The chunks of a log by their numbers, from the first that is not truncated.</summary>
internal sealed class ChunkTable
{
    private const int MostFree = 4;

    private readonly Stack<byte[]> _free = [];
    private Chunk[] _chunks = new Chunk[16];
    private int _head;
    private int _count;
    private long _written = 1;

    /// <summary>The number of the oldest chunk; they begin with 1, so that no address is 0.</summary>
    public long First { get; private set; } = 1;

    /// <summary>The number the next chunk will have.</summary>
    public long Next => First + _count;

    /// <summary>How many chunks are in memory.</summary>
    public int InMemory => (int)(Next - Math.Max(_written, First));

    public Chunk this[long number] => _chunks[(int)(_head + number - First)];

    public void Add(Chunk chunk)
    {
        if (_head + _count == _chunks.Length)
            MakeRoom();
        _chunks[_head + _count++] = chunk;
    }

    /// <summary>FASTER's log is on the disk up to an address: the memory of chunks below goes.</summary>
    public void Written(long until)
    {
        for (_written = Math.Max(_written, First); _written < Next; _written++)
        {
            ref Chunk chunk = ref _chunks[(int)(_head + _written - First)];
            if (chunk.Position + chunk.Length > until)
                return;
            Free(chunk.Bytes!);
            chunk = chunk with { Bytes = null };
        }
    }

    /// <summary>An array for the next chunk.</summary>
    public byte[] TakeFree(int bytes)
    {
        while (_free.TryPop(out byte[]? free))
        {
            if (free.Length == bytes)
                return free;
        }

        return new byte[bytes];
    }

    /// <summary>Forgets chunks below a number.</summary>
    /// <returns>How many bytes they had.</returns>
    public long DropBefore(long number)
    {
        long bytes = 0;
        for (; First < number; First++, _count--)
        {
            bytes += _chunks[_head].Length;
            _chunks[_head++] = default;
        }

        return bytes;
    }

    private void Free(byte[] bytes)
    {
        if (_free.Count < MostFree)
            _free.Push(bytes);
    }

    private void MakeRoom()
    {
        Chunk[] roomy = _count * 2 > _chunks.Length ? new Chunk[_chunks.Length * 2] : new Chunk[_chunks.Length];
        Array.Copy(_chunks, _head, roomy, 0, _count);
        (_chunks, _head) = (roomy, 0);
    }
}
