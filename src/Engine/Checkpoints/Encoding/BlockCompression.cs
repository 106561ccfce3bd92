using System.IO.Compression;
using Gristmill.Checkpoints.Internal;

namespace Gristmill.Checkpoints;

/// <summary>The methods of compression every Gristmill reads.</summary>
public static class BlockCompression
{
    /// <summary>
    /// Leaves out bytes that are zero: numbers shrink to a half or less at a gigabyte a second and more, text not at all, and then
    /// it is stored as it is. After Cap'n Proto's packing. Number 3.
    /// </summary>
    public static IBlockCompression Packed { get; } = new PackedCompression();

    /// <summary>Deflate (RFC 1951): the cheapest to read elsewhere. Number 1.</summary>
    /// <param name="level">How hard to try. Default: <see cref="CompressionLevel.Fastest"/>.</param>
    public static IBlockCompression Deflate(CompressionLevel level = CompressionLevel.Fastest) =>
        Enum.IsDefined(level) ? new DeflateCompression(level) : throw new ArgumentOutOfRangeException(nameof(level), level, "It is no level of compression.");

    /// <summary>Brotli (RFC 7932): smaller than Deflate at the same cost. Number 2.</summary>
    /// <param name="quality">How hard to try: 0 to 11. Default: 1, the fastest that still finds what repeats far apart; from 5 on it is slower than most disks.</param>
    public static IBlockCompression Brotli(int quality = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quality);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 11);
        return new BrotliCompression(quality);
    }
}
