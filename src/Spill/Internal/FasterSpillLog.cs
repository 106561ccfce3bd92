using System.Numerics;
using FASTER.core;
using Gristmill.State;

namespace Gristmill.Spill;

/// <summary>
/// A table's log. Records are gathered in chunks; FASTER's log takes a chunk as one entry, writes it in the background and
/// gives the disk back what is truncated. An address is a chunk's number and the place in it. What has not come to the
/// disk is read from memory, the rest straight from FASTER's files: a read is one call, without a task or an array.
/// </summary>
internal sealed class FasterSpillLog : ISpillLog
{
    private const int OffsetBits = 16;

    // FASTER's own, in front of a chunk: its length, as chunks have no checksum but their records do.
    private const int ChunkHeader = 4;

    private readonly SpillBackend _backend;
    private readonly SpillSettings _settings;
    private readonly string _path;
    private readonly IDevice _device;
    private readonly FasterLog _log;
    private readonly ChunkTable _chunks = new();
    private readonly RecordReader _reader;
    private byte[] _open;
    private int _used;
    private long _segmentsGone;
    private int _isClosed;

    public FasterSpillLog(SpillBackend backend, SpillSettings settings, string path)
    {
        (_backend, _settings, _path) = (backend, settings, path);
        _device = settings.OpenDevice(path);
        _log = new FasterLog(new FasterLogSettings
        {
            LogDevice = _device,
            LogCommitManager = new NoCommits(),
            PageSizeBits = BitOperations.Log2((uint)settings.PageBytes),
            MemorySizeBits = BitOperations.Log2((uint)settings.PageBytes * (uint)settings.Pages),
            SegmentSizeBits = BitOperations.Log2((ulong)settings.FileBytes),
            TryRecoverLatest = false,
        });
        _reader = new RecordReader(path, settings.FileBytes);
        _open = new byte[settings.ChunkBytes];
    }

    public long MemoryBytes => _backend.Share;

    public int LargestRecord => (_settings.PageBytes / 2) - Framing.HeaderBytes;

    public long LeastGarbage => _settings.LeastGarbage;

    public long Begin => _chunks.First << OffsetBits;

    public long Tail => (_chunks.Next << OffsetBits) + _used;

    public long Append(ReadOnlySpan<byte> record)
    {
        int framed = Framing.HeaderBytes + record.Length;
        if (_used + framed > _settings.ChunkBytes && _used != 0)
            Seal();

        // One that no chunk has room for is a chunk of its own.
        if (framed > _open.Length)
            _open = new byte[framed];
        long address = Tail;
        Framing.Write(_open.AsSpan(_used, framed), address, record);
        _used += framed;
        _reader.Note(framed);
        if (framed > _settings.ChunkBytes)
            Seal();
        return address;
    }

    public void Read(ReadOnlySpan<long> addresses, Span<ReadOnlyMemory<byte>> records)
    {
        try
        {
            _reader.Begin(addresses.Length);
            for (int i = 0; i < addresses.Length; i++)
            {
                Chunk chunk = ChunkOf(addresses[i], out int offset);
                if (chunk.Bytes is { } bytes)
                    records[i] = _reader.Copy(i, addresses[i], bytes.AsSpan(offset, chunk.Length - offset));
                else
                    _reader.Want(i, addresses[i], chunk.Position + offset, chunk.Length - offset);
            }

            _reader.ReadWanted(records);
            SpillInstruments.Read.Add(addresses.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed("read", e);
        }
    }

    public long ReadOldest(List<LogRecord> records)
    {
        records.Clear();
        if (_chunks.First == _chunks.Next)
            return Begin;
        Chunk chunk = _chunks[_chunks.First];
        try
        {
            ReadOnlyMemory<byte> bytes = _reader.ReadChunk(chunk);
            for (int offset = 0; offset < chunk.Length;)
            {
                ReadOnlyMemory<byte> record = Framing.Read(bytes[offset..], Begin + offset);
                records.Add(new LogRecord(Begin + offset, record));
                offset += Framing.HeaderBytes + record.Length;
            }

            SpillInstruments.Read.Add(records.Count);
        }
        catch (IOException e)
        {
            throw Failed("read", e);
        }

        return Begin + (1L << OffsetBits);
    }

    public void Truncate(long address)
    {
        long number = address >> OffsetBits;
        if (number >= _chunks.Next)
            Seal();
        SpillInstruments.Held.Add(-_chunks.DropBefore(number));

        // FASTER deletes whole files; to tell it of less is for nothing.
        long segments = (_chunks.First == _chunks.Next ? _log.TailAddress : _chunks[_chunks.First].Position) / _settings.FileBytes;
        if (segments == _segmentsGone)
            return;
        _segmentsGone = segments;
        Flush();
        _log.TruncateUntil(segments * _settings.FileBytes);
        Flush();
        _reader.CloseBefore(segments);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
            return;
        try
        {
            // Pages on their way to the disk must have come there before their memory goes.
            _log.Commit(spinWait: true);
        }
        catch (FasterException)
        {
            // It has failed before and said so; all of it is deleted now.
        }

        SpillInstruments.Held.Add(-_chunks.DropBefore(_chunks.Next));
        _reader.Dispose();
        _log.Dispose();
        _device.Dispose();
        _backend.Closed(this);
    }

    private Chunk ChunkOf(long address, out int offset)
    {
        offset = (int)(address & ((1 << OffsetBits) - 1));
        long number = address >> OffsetBits;
        return number == _chunks.Next ? new Chunk(0, _used, _open) : _chunks[number];
    }

    /// <summary>Gives the open chunk to FASTER. It stays in memory until it is on the disk; not many do, or the disk is waited for.</summary>
    private void Seal()
    {
        if (_used == 0)
            return;
        try
        {
            long position = _log.Enqueue(_open.AsSpan(0, _used)) + ChunkHeader;
            _chunks.Add(new Chunk(position, _used, _open));
            SpillInstruments.Written.Add(_used);
            SpillInstruments.Held.Add(_used);
            _log.Commit();
            if (_chunks.InMemory >= _settings.MostUnwritten)
                _log.Commit(spinWait: true);
            _chunks.Written(_log.CommittedUntilAddress);
        }
        catch (FasterException e)
        {
            throw Failed("written", e);
        }

        _used = 0;
        _open = _chunks.TakeFree(_settings.ChunkBytes);
    }

    private void Flush()
    {
        try
        {
            _log.Commit(spinWait: true);
            _chunks.Written(_log.CommittedUntilAddress);
        }
        catch (FasterException e)
        {
            throw Failed("written", e);
        }
    }

    private IOException Failed(string what, Exception e) => new(
        $"Spilled state can't be {what} in '{_path}': {(_device as SpillDevice)?.Error?.Message ?? e.Message} If the disk is full, make room or give State.UseSpill a folder on a larger disk; "
        + "if it is damaged, one on another disk. The job goes on from its last checkpoint.", e);
}
