using System.IO.Compression;

namespace Gristmill.Checkpoints.Internal;

/// <summary>Brotli of the platform, in one call a block.</summary>
internal sealed class BrotliCompression(int quality) : IBlockCompression
{
    public const byte Number = 2;

    // Blocks are about a megabyte: a window of 4 MiB sees all of one.
    private const int Window = 22;

    public byte Id => Number;

    public string Name => "Brotli";

    public int? Compress(ReadOnlyMemory<byte> source, Memory<byte> destination) =>
        BrotliEncoder.TryCompress(source.Span, destination.Span, out var written, quality, Window) ? written : null;

    public bool TryDecompress(ReadOnlyMemory<byte> source, Memory<byte> destination) =>
        BrotliDecoder.TryDecompress(source.Span, destination.Span, out var written) && written == destination.Length;
}
