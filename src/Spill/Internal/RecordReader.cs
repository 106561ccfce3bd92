using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Gristmill.Spill;

/// <summary>
/// Reads many records at once into one buffer. From the page cache a read takes about a microsecond, and one after the other
/// is fastest; once some have had to wait for the disk, the others wait for it together.
/// </summary>
internal sealed class RecordReader(string path, long fileBytes) : IDisposable
{
    private const int LeastStride = 64;
    private const int MostStride = 4096;
    private const int ReadsAtOnce = 32;

    // So many neighbours in one chunk are worth reading all that is between them.
    private const int LeastRun = 4;
    private static readonly TimeSpan SlowRead = TimeSpan.FromMicroseconds(50);

    private readonly Dictionary<long, SafeFileHandle> _files = [];
    private readonly List<Wanted> _wanted = [];
    private byte[] _buffer = [];
    private byte[] _chunk = [];
    private byte[] _runs = [];
    private int _runsUsed;
    private int _stride = LeastStride;
    private double _recordBytes = LeastStride;

    /// <summary>A record of so many bytes, its header included, is about to be there.</summary>
    public void Note(int bytes) => _recordBytes += (bytes - _recordBytes) / 64;

    /// <summary>A new set of records; what was read before is no longer valid.</summary>
    public void Begin(int records)
    {
        _stride = (Math.Clamp((int)(_recordBytes * 1.5), LeastStride, MostStride) + 7) & ~7;
        if (_buffer.Length < records * _stride)
            _buffer = new byte[records * _stride];
        _wanted.Clear();
        _runsUsed = 0;
    }

    /// <summary>A record that is in memory.</summary>
    public ReadOnlyMemory<byte> Copy(int index, long address, ReadOnlySpan<byte> from)
    {
        int length = Framing.HeaderBytes + Framing.LengthOf(from);
        Memory<byte> copy = RoomFor(index, length);
        from[..length].CopyTo(copy.Span);
        return Framing.Read(copy, address);
    }

    /// <summary>A record on the disk.</summary>
    /// <param name="index">Which one of the set.</param>
    /// <param name="address">Its address.</param>
    /// <param name="position">Where it lies in FASTER's log.</param>
    /// <param name="most">How long it can be, its header included.</param>
    public void Want(int index, long address, long position, int most)
    {
        long segment = position / fileBytes;
        if (!_files.TryGetValue(segment, out SafeFileHandle? file))
            _files.Add(segment, file = File.OpenHandle($"{path}.{segment}", FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        _wanted.Add(new Wanted(index, address, file, position % fileBytes, most));
    }

    /// <summary>Reads those that are wanted.</summary>
    public void ReadWanted(Span<ReadOnlyMemory<byte>> records)
    {
        int next = 0;
        while (next < _wanted.Count)
        {
            int end = EndOfRun(next);
            if (end - next >= LeastRun)
            {
                ReadRun(next, end, records);
                next = end;
                continue;
            }

            long started = Stopwatch.GetTimestamp();
            records[_wanted[next].Index] = Read(_wanted[next]);
            next++;
            if (next < _wanted.Count && Stopwatch.GetElapsedTime(started) > SlowRead)
            {
                ReadTogether(next, records);
                return;
            }
        }
    }

    /// <summary>All of a chunk; valid until the next call.</summary>
    public ReadOnlyMemory<byte> ReadChunk(Chunk chunk)
    {
        if (_chunk.Length < chunk.Length)
            _chunk = new byte[chunk.Length];
        _wanted.Clear();
        if (chunk.Bytes is { } own)
        {
            // A copy: the array is used again once it is on the disk.
            own.AsSpan(0, chunk.Length).CopyTo(_chunk);
            return _chunk.AsMemory(0, chunk.Length);
        }

        Want(0, 0, chunk.Position, chunk.Length);
        ReadFully(_wanted[0].File, _chunk.AsSpan(0, chunk.Length), _wanted[0].Offset);
        return _chunk.AsMemory(0, chunk.Length);
    }

    /// <summary>Files below a segment are gone.</summary>
    public void CloseBefore(long segment)
    {
        foreach (long gone in _files.Keys.Where(key => key < segment).ToList())
        {
            _files[gone].Dispose();
            _files.Remove(gone);
        }
    }

    public void Dispose() => CloseBefore(long.MaxValue);

    /// <summary>How many follow each other so closely that one read takes them all.</summary>
    private int EndOfRun(int first)
    {
        int end = first + 1;
        for (; end < _wanted.Count && ReferenceEquals(_wanted[end].File, _wanted[first].File); end++)
        {
            long gap = _wanted[end].Offset - _wanted[end - 1].Offset;
            if (gap <= 0 || gap > 2 * _stride)
                break;
        }

        return end;
    }

    private void ReadRun(int first, int end, Span<ReadOnlyMemory<byte>> records)
    {
        Wanted begin = _wanted[first];
        Wanted last = _wanted[end - 1];
        int length = (int)(last.Offset - begin.Offset) + Math.Min(_stride, last.Most);
        if (_runs.Length - _runsUsed < length)
            (_runs, _runsUsed) = (new byte[Math.Max(length, _runs.Length * 2)], 0);
        Memory<byte> run = _runs.AsMemory(_runsUsed, length);
        _runsUsed += length;
        ReadFully(begin.File, run.Span, begin.Offset);
        for (int i = first; i < end; i++)
        {
            Memory<byte> framed = run[(int)(_wanted[i].Offset - begin.Offset)..];
            bool isWhole = framed.Length >= Framing.HeaderBytes && Framing.LengthOf(framed.Span) <= framed.Length - Framing.HeaderBytes;
            records[_wanted[i].Index] = isWhole ? Framing.Read(framed, _wanted[i].Address) : Read(_wanted[i]);
        }
    }

    private void ReadTogether(int first, Span<ReadOnlyMemory<byte>> records)
    {
        var read = new ReadOnlyMemory<byte>[_wanted.Count - first];
        try
        {
            Parallel.For(first, _wanted.Count, new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce }, i => read[i - first] = Read(_wanted[i]));
        }
        catch (AggregateException e) when (e.InnerException is IOException one)
        {
            throw new IOException(one.Message, e);
        }

        for (int i = first; i < _wanted.Count; i++)
            records[_wanted[i].Index] = read[i - first];
    }

    private ReadOnlyMemory<byte> Read(Wanted wanted)
    {
        Memory<byte> framed = RoomFor(wanted.Index, Math.Min(_stride, wanted.Most));
        ReadFully(wanted.File, framed.Span, wanted.Offset);
        int length = Framing.LengthOf(framed.Span);
        if (length > framed.Length - Framing.HeaderBytes && length <= wanted.Most - Framing.HeaderBytes)
        {
            framed = new byte[Framing.HeaderBytes + length];
            ReadFully(wanted.File, framed.Span, wanted.Offset);
        }

        return Framing.Read(framed, wanted.Address);
    }

    private Memory<byte> RoomFor(int index, int length) => length <= _stride ? _buffer.AsMemory(index * _stride, length) : new byte[length];

    private static void ReadFully(SafeFileHandle file, Span<byte> into, long offset)
    {
        for (int read = 0; read < into.Length;)
        {
            int more = RandomAccess.Read(file, into[read..], offset + read);
            if (more == 0)
                throw new IOException($"The file ends at {offset + read}, in the middle of what was written.");
            read += more;
        }
    }

    private readonly record struct Wanted(int Index, long Address, SafeFileHandle File, long Offset, int Most);
}
