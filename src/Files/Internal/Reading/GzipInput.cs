using System.Buffers;
using System.IO.Compression;

namespace Gristmill.Files.Internal;

/// <summary>
/// A gzip file of one or several members. <see cref="GZipStream"/> takes a file that was cut short for a shorter one, so at
/// the end of the file one more member with a known content is appended to what it reads: if the file is whole that
/// content comes out, if it is torn anything else does.
/// </summary>
internal sealed class GzipInput : InputFile
{
    private static readonly byte[] Mark = "gristmill: end of input"u8.ToArray();
    private static readonly byte[] CompressedMark = Compress(Mark);

    /// <summary>Enough for a header, where one is all that is wanted; it doubles with every read.</summary>
    private const int FirstFill = 64 << 10;

    private readonly string _path;
    private readonly MarkedStream _file;
    private readonly GZipStream _gzip;
    private bool _ended;

    public GzipInput(InputBytes bytes)
    {
        _path = bytes.Path;
        _file = new MarkedStream(bytes);
        _gzip = new GZipStream(_file, CompressionMode.Decompress);
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            int total = 0;
            while (total < buffer.Length && !_ended)
            {
                int count = _gzip.Read(buffer[total..]);
                if (count == 0)
                    CheckEnd();
                total += count;
            }
            return total;
        }
        catch (InvalidDataException e)
        {
            throw Torn(e);
        }
    }

    public override long Skip(long count, Span<byte> scratch)
    {
        int read = Read(scratch[..(int)Math.Min(count, scratch.Length)]);
        return read == 0 && count > 0
            ? throw new SourceFileException(_path, $"The file '{_path}' ends before the position the checkpoint holds; put the old file back.")
            : count - read;
    }

    public override void Dispose() => _gzip.Dispose();

    private void CheckEnd()
    {
        _ended = true;
        _file.EndWith(CompressedMark);
        Span<byte> end = stackalloc byte[Mark.Length + 1];
        int total = 0;
        while (total < end.Length && _gzip.Read(end[total..]) is var count and > 0)
            total += count;
        if (!end[..total].SequenceEqual(Mark))
            throw Torn(null);
    }

    private SourceFileException Torn(Exception? inner) => new(_path,
        $"The gzip file '{_path}' is torn or damaged: it does not end where its content does. Copy it again from its origin.", inner);

    private static byte[] Compress(byte[] content)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
            gzip.Write(content);
        return memory.ToArray();
    }

    private sealed class MarkedStream(InputBytes bytes) : Stream
    {
        private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(bytes.BufferSize);
        private long _offset;
        private int _start;
        private int _end;
        private int _fill = FirstFill;
        private bool _closed;
        private byte[]? _mark;
        private int _given;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void EndWith(byte[] mark) => _mark = mark;

        public override int Read(Span<byte> buffer)
        {
            if (_mark is null)
                return ReadFile(buffer);
            int count = Math.Min(buffer.Length, _mark.Length - _given);
            _mark.AsSpan(_given, count).CopyTo(buffer);
            _given += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_closed)
                ArrayPool<byte>.Shared.Return(_buffer);
            _closed = true;
            base.Dispose(disposing);
        }

        private int ReadFile(Span<byte> buffer)
        {
            if (_start == _end)
            {
                (_start, _end) = (0, bytes.Read(_buffer.AsSpan(0, _fill), _offset));
                _offset += _end;
                _fill = Math.Min(_fill * 2, bytes.BufferSize);
            }
            int count = Math.Min(buffer.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(buffer);
            _start += count;
            return count;
        }
    }
}
