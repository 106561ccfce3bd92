namespace Gristmill.Files.Internal;

/// <summary>The bytes of one open input file, at hand at any offset. Used on pool threads only: every call may block.</summary>
internal abstract class InputBytes : IDisposable
{
    /// <summary>What to call the file in a message.</summary>
    public abstract string Path { get; }

    /// <summary>How many there are, as of opening or of now.</summary>
    public abstract long Length { get; }

    /// <summary>How many to ask for at a time when reading on and on: 64 KB or more.</summary>
    public abstract int BufferSize { get; }

    /// <summary>Reads at an offset; fewer bytes than asked for may come, 0 only at the end.</summary>
    public abstract int Read(Span<byte> buffer, long offset);

    public abstract void Dispose();
}
