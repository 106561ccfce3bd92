using Microsoft.Win32.SafeHandles;

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

    /// <summary>Opens a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="length">How many bytes of it to read, where it has grown since its position was taken.</param>
    public static InputFile Open(string path, long? length = null)
    {
        SafeFileHandle handle = OpenHandle(path);
        try
        {
            return IsGzip(handle, path)
                ? new GzipInput(path, handle)
                : new PlainInput(handle, length ?? RandomAccess.GetLength(handle));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public static SafeFileHandle OpenHandle(string path)
    {
        try
        {
            // Others may append to it or move it meanwhile; the identity check speaks up if that matters.
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SourceFileException(path, $"The file '{path}' is missing; put it back, or mend the path.", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new SourceFileException(path, $"Cannot open '{path}': {e.Message} See that the process's user may read it.", e);
        }
    }

    /// <summary>The content decides; a name that says gzip over a content that isn't means the file is torn at its very start.</summary>
    public static bool IsGzip(SafeFileHandle handle, string path)
    {
        Span<byte> magic = stackalloc byte[2];
        int count = RandomAccess.Read(handle, magic, 0);
        if (count == 2 && magic.SequenceEqual(GzipMagic))
            return true;
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? throw new SourceFileException(path, $"The file '{path}' is named .gz but does not begin as gzip; it is torn or misnamed. Copy it again or rename it.")
            : false;
    }
}

/// <summary>An uncompressed file: any offset is at hand.</summary>
internal sealed class PlainInput(SafeFileHandle handle, long length) : InputFile
{
    private long _offset;

    public override int Read(Span<byte> buffer)
    {
        int total = 0;
        buffer = buffer[..(int)Math.Clamp(length - _offset, 0, buffer.Length)];
        while (total < buffer.Length && RandomAccess.Read(handle, buffer[total..], _offset) is var count and > 0)
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

    public override void Dispose() => handle.Dispose();
}
