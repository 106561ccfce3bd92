namespace Gristmill.AzureStorage.Internal;

/// <summary>
/// Bytes that wait to be uploaded: in memory up to a limit, in a temporary file beyond it. Written once, then read once.
/// The file has no name any more once it is open, where the system allows that, so that not even a killed process leaves it.
/// </summary>
internal sealed class Spool(int memoryLimit) : Stream
{
    private readonly MemoryStream _memory = new();
    private FileStream? _file;

    private Stream Current => _file is not null ? _file : _memory;

    /// <summary>Whether there is a temporary file.</summary>
    public bool IsOnDisk => _file is not null;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => Current.Length;

    public override long Position { get => Current.Position; set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_file is null && _memory.Length + buffer.Length > memoryLimit)
            MoveToDisk();
        Current.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Nothing more is written; reading begins at the start.</summary>
    public void Rewind() => Current.Seek(0, SeekOrigin.Begin);

    public override int Read(Span<byte> buffer) => Current.Read(buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Does nothing: what a crash takes from here is computed again.</summary>
    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _memory.Dispose();
            _file?.Dispose();
        }
        base.Dispose(disposing);
    }

    private void MoveToDisk()
    {
        string path = Path.Combine(Path.GetTempPath(), $"gristmill-{Guid.NewGuid():N}.spool");
        _file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            BufferSize = 0,
            Options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None,
        });
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        _memory.WriteTo(_file);
        _memory.SetLength(0);
        _memory.Capacity = 0;
    }
}
