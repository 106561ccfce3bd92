using System.IO.Compression;

namespace Gristmill.Checkpoints.Internal;

/// <summary>Deflate of the platform, which has it as a stream only.</summary>
internal sealed class DeflateCompression(CompressionLevel level) : IBlockCompression
{
    public const byte Number = 1;

    public byte Id => Number;

    public string Name => "Deflate";

    public int? Compress(ReadOnlyMemory<byte> source, Memory<byte> destination)
    {
        using var bounded = new MemoryWindow(destination);
        using (var deflate = new DeflateStream(bounded, level, leaveOpen: true))
            deflate.Write(source.Span);
        return bounded.IsOverfull ? null : (int)bounded.Position;
    }

    public bool TryDecompress(ReadOnlyMemory<byte> source, Memory<byte> destination)
    {
        // Reading never writes into the window, so the memory may be another's.
        using var compressed = new MemoryWindow(System.Runtime.InteropServices.MemoryMarshal.AsMemory(source));
        using var deflate = new DeflateStream(compressed, CompressionMode.Decompress);
        try
        {
            return deflate.ReadAtLeast(destination.Span, destination.Length, throwOnEndOfStream: false) == destination.Length
                && deflate.ReadByte() < 0;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
