using System.Runtime.ExceptionServices;

namespace Gristmill.Files.Internal;

/// <summary>
/// Reads (and decompresses) a file one chunk ahead of its parser. It is itself the work item that runs on the thread pool,
/// once a chunk. A chunk goes from one side to the other by an interlocked exchange, and only then is the subtask woken: so
/// it either finds the chunk or will be called again. At most one fill is under way, and two chunks exist.
/// </summary>
internal sealed class ChunkReader : IThreadPoolWorkItem, IDisposable
{
    private const int Idle = 0, Filling = 1, Disposed = 2;

    /// <summary>Passing over compressed data gives the pool thread back this often.</summary>
    private const long SkipSlice = 16 << 20;

    private readonly SplitOpener _opener;
    private readonly int _chunkSize;
    private readonly SourceContext _context;
    private OpenedSplit? _opened;
    private long _toSkip;
    private int _state = Filling;
    private Chunk _filling;
    private Chunk? _ready;

    public ChunkReader(SplitOpener opener, int chunkSize, SourceContext context)
    {
        _opener = opener;
        _chunkSize = chunkSize;
        _context = context;
        _filling = NewChunk();
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>What opening found; there once a chunk was taken.</summary>
    public OpenedSplit Opened => _opened!;

    /// <summary>Takes the next chunk if it is there, or throws what went wrong with it.</summary>
    public Chunk? TryTake()
    {
        Chunk? chunk = Interlocked.Exchange(ref _ready, null);
        if (chunk?.Error is { } error)
            ExceptionDispatchInfo.Throw(error);
        return chunk;
    }

    /// <summary>Has the next chunk read into <paramref name="free"/>, whose content is no longer needed.</summary>
    public void ReadNext(Chunk? free)
    {
        _filling = free ?? NewChunk();
        _state = Filling;
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        Chunk chunk = _filling;
        try
        {
            if (!Fill(chunk) && Volatile.Read(ref _state) != Disposed)
            {
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                return;
            }
        }
        catch (Exception e)
        {
            chunk.Error = e is SourceFileException ? e : new SourceFileException(_opener.Path, $"Cannot read '{_opener.Path}': {e.Message}", e);
        }
        if (Interlocked.CompareExchange(ref _state, Idle, Filling) == Disposed)
        {
            _opened?.Dispose();
            chunk.Release();
            return;
        }
        Interlocked.Exchange(ref _ready, chunk);
        _context.Wake();
    }

    public void Dispose()
    {
        // A fill under way owns the file and its chunk, and lets go of both itself.
        if (Interlocked.Exchange(ref _state, Disposed) == Idle)
            _opened?.Dispose();
    }

    private bool Fill(Chunk chunk)
    {
        if (_opened is null)
        {
            _opened = _opener.Open();
            _toSkip = _opened.Start.Offset;
        }
        for (long until = _toSkip - SkipSlice; _toSkip > 0;)
        {
            _toSkip = _opened.Input.Skip(_toSkip, chunk.Room);
            if (_toSkip > 0 && _toSkip <= until)
                return false;
        }
        chunk.Length = _opened.Input.Read(chunk.Room);
        chunk.Last = chunk.Length < chunk.Size;
        return true;
    }

    private Chunk NewChunk() => new(Math.Clamp(_chunkSize / 4, 16, 64 << 10), _chunkSize);
}
