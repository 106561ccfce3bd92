namespace Gristmill.Files.Internal;

/// <summary>What stands in a file before its first record: a byte order mark, a header.</summary>
/// <param name="DataStart">The offset behind it.</param>
/// <param name="FirstLine">The line there, from 1.</param>
/// <param name="Columns">The header's names, or null where there is none.</param>
internal sealed record Preamble(long DataStart, long FirstLine, IReadOnlyList<string>? Columns)
{
    public static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The preamble of a file without a header.</summary>
    public static Preamble WithoutHeader(InputFile file)
    {
        Span<byte> start = stackalloc byte[3];
        int count = file.Read(start);
        return new Preamble(start[..count].SequenceEqual(ByteOrderMark) ? 3 : 0, 1, null);
    }
}
