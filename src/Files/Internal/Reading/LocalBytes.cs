using Microsoft.Win32.SafeHandles;

namespace Gristmill.Files.Internal;

/// <summary>A file of the file system.</summary>
internal sealed class LocalBytes : InputBytes
{
    private readonly SafeFileHandle _handle;

    public LocalBytes(string path)
    {
        Path = path;
        try
        {
            // Others may append to it or move it meanwhile; the identity check speaks up if that matters.
            _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
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

    public override string Path { get; }

    public override long Length => RandomAccess.GetLength(_handle);

    // GZipStream reads 8 KB at a time; the buffer makes one system call of sixteen.
    public override int BufferSize => 128 << 10;

    public override int Read(Span<byte> buffer, long offset) => RandomAccess.Read(_handle, buffer, offset);

    public override void Dispose() => _handle.Dispose();
}
