namespace Gristmill.Files.Internal;

/// <summary>A file's uncompressed bytes from its start. Used on pool threads only: every call may block.</summary>
internal abstract class InputFile : IDisposable
{
    private static ReadOnlySpan<byte> GzipMagic => [0x1f, 0x8b];

    /// <summary>Fills the buffer; less than that only at the end of the file.</summary>
    public abstract int Read(Span<byte> buffer);

    /// <summary>Moves towards an offset by at most <paramref name="scratch"/>'s length where it can't seek; returns how much is left.</summary>
    public abstract long Skip(long count, Span<byte> scratch);

    public abstract void Dispose();

    /// <summary>Reads an open file, which stays the caller's to close.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="length">How many bytes of it to read, where it has grown since its position was taken.</param>
    public static InputFile Over(InputBytes bytes, long? length = null) =>
        IsGzip(bytes) ? new GzipInput(bytes) : new PlainInput(bytes, length ?? bytes.Length);

    /// <summary>The content decides; a name that says gzip over a content that isn't means the file is torn at its very start.</summary>
    public static bool IsGzip(InputBytes bytes)
    {
        Span<byte> magic = stackalloc byte[2];
        int count = bytes.Read(magic, 0);
        if (count == 2 && magic.SequenceEqual(GzipMagic))
            return true;
        return bytes.Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? throw new SourceFileException(bytes.Path, $"The file '{bytes.Path}' is named .gz but does not begin as gzip; it is torn or misnamed. Copy it again or rename it.")
            : false;
    }
}

/// <summary>An uncompressed file: any offset is at hand.</summary>
internal sealed class PlainInput(InputBytes bytes, long length) : InputFile
{
    private long _offset;

    public override int Read(Span<byte> buffer)
    {
        int total = 0;
        buffer = buffer[..(int)Math.Clamp(length - _offset, 0, buffer.Length)];
        while (total < buffer.Length && bytes.Read(buffer[total..], _offset) is var count and > 0)
        {
            total += count;
            _offset += count;
        }
        return total;
    }

    public override long Skip(long count, Span<byte> scratch)
    {
        _offset += count;
        return 0;
    }

    public override void Dispose()
    {
    }
}
