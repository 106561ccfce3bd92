using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Gristmill.Files;
using Gristmill.Files.Internal;

namespace Gristmill.AzureStorage.Internal;

/// <summary>
/// A blob open for reading, by range requests that block their pool thread. A block or page blob that somebody overwrites
/// meanwhile is noticed at the next range, by its ETag; an append blob may grow.
/// </summary>
internal sealed class BlobBytes : InputBytes
{
    /// <summary>Short reads (a magic number, a mark, a header) are served from a window, so that an open costs two requests or three.</summary>
    private const int WindowSize = 64 << 10;

    private readonly BlobBaseClient _blob;
    private readonly ETag? _tag;
    private byte[] _window = [];
    private long _windowStart;

    public BlobBytes(BlobBaseClient blob, string path)
    {
        _blob = blob;
        Path = path;
        BlobProperties properties = Ask(() => blob.GetProperties().Value);
        Length = properties.ContentLength;
        _tag = properties.BlobType == BlobType.Append ? null : properties.ETag;
    }

    public override string Path { get; }

    public override long Length { get; }

    public override int BufferSize => BlobFiles.ReadAheadBytes;

    public override int Read(Span<byte> buffer, long offset)
    {
        buffer = buffer[..(int)Math.Clamp(Length - offset, 0, buffer.Length)];
        if (buffer.IsEmpty)
            return 0;
        if (buffer.Length > WindowSize)
            return ReadRange(buffer, offset);
        if (offset < _windowStart || offset >= _windowStart + _window.Length)
        {
            var window = new byte[Math.Min(WindowSize, Length - offset)];
            (_window, _windowStart) = (window[..ReadRange(window, offset)], offset);
        }
        ReadOnlySpan<byte> there = _window.AsSpan((int)(offset - _windowStart));
        int count = Math.Min(buffer.Length, there.Length);
        there[..count].CopyTo(buffer);
        return count;
    }

    public override void Dispose()
    {
    }

    private int ReadRange(Span<byte> buffer, long offset)
    {
        var options = new BlobDownloadOptions { Range = new HttpRange(offset, buffer.Length), Conditions = new BlobRequestConditions { IfMatch = _tag } };
        using BlobDownloadStreamingResult range = Ask(() => _blob.DownloadStreaming(options).Value);
        try
        {
            return range.Content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (BlobErrors.IsService(e))
        {
            throw Explain(e);
        }
    }

    private T Ask<T>(Func<T> request)
    {
        try
        {
            return request();
        }
        catch (Exception e) when (BlobErrors.IsService(e))
        {
            throw Explain(e);
        }
    }

    private SourceFileException Explain(Exception e) => new(Path, e switch
    {
        RequestFailedException failed when BlobErrors.IsMissing(failed) => $"The blob '{Path}' is missing; put it back, or mend the name.",
        RequestFailedException failed when BlobErrors.IsRefusal(failed) =>
            $"The blob '{Path}' was overwritten while it was being read. The job goes on from its checkpoint if it holds the same again; give new content a new name.",
        _ => $"Cannot read '{Path}': {BlobErrors.Cause(e)}",
    }, e);
}
