using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>An object in pieces as they came.</summary>
/// <param name="Pieces">Its bytes.</param>
/// <param name="Length">How many.</param>
/// <param name="ModifiedMs">When the last ones came, in milliseconds since 1970.</param>
public sealed record ReplicatedObject(ImmutableArray<ReadOnlyMemory<byte>> Pieces, long Length, long ModifiedMs)
{
    /// <summary>Lines are gathered up to so many bytes, so that a long history is no long list.</summary>
    private const int GatheredLines = 16 * 1024;

    /// <summary>An object without bytes.</summary>
    public static ReplicatedObject Empty { get; } = new([], 0, 0);

    /// <summary>Adds bytes, which stay the caller's to leave alone.</summary>
    public ReplicatedObject Add(ReadOnlyMemory<byte> bytes, long nowMs) =>
        new(bytes.IsEmpty ? Pieces : Pieces.Add(bytes), Length + bytes.Length, nowMs);

    /// <summary>Adds a line.</summary>
    public ReplicatedObject AddLine(ReadOnlyMemory<byte> line, long nowMs)
    {
        if (Pieces.IsEmpty || Pieces[^1].Length + line.Length > GatheredLines) return Add(line, nowMs);

        var last = new byte[Pieces[^1].Length + line.Length];
        Pieces[^1].CopyTo(last);
        line.CopyTo(last.AsMemory(Pieces[^1].Length));
        return new ReplicatedObject(Pieces.SetItem(Pieces.Length - 1, last), Length + line.Length, nowMs);
    }

    /// <summary>Copies bytes from an offset on.</summary>
    /// <returns>How many; fewer than asked for only at the end.</returns>
    public int Read(long offset, Span<byte> into)
    {
        var copied = 0;
        foreach (var piece in Pieces)
        {
            if (offset >= piece.Length)
            {
                offset -= piece.Length;
                continue;
            }

            var part = piece.Span[(int)offset..];
            if (part.Length > into.Length - copied) part = part[..(into.Length - copied)];
            part.CopyTo(into[copied..]);
            copied += part.Length;
            offset = 0;
            if (copied == into.Length) break;
        }

        return copied;
    }
}
