using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gristmill.Checkpoints.Internal;

/// <summary>
/// A numbered file of a head: one line <c>gristmill-head 1 number id before length sha256</c>, then the content. The id is of
/// this file alone, and "before" is the id of the file it follows, so that who followed whom can be told later.
/// </summary>
internal sealed record HeadFile(long Number, string Id, string Before, ReadOnlyMemory<byte> Content)
{
    /// <summary>The id before the first.</summary>
    public const string None = "none";

    private const string Format = "1";

    /// <summary>A new file with an id of its own; unique among machines and never part of a result, so no seed is needed.</summary>
    public static HeadFile Create(long number, string before, ReadOnlySpan<byte> content) =>
        new(number, Guid.NewGuid().ToString("N"), before, content.ToArray());

    public byte[] Encode()
    {
        var start = string.Create(CultureInfo.InvariantCulture, $"gristmill-head {Format} {Number} {Id} {Before} {Content.Length} ");
        return [.. Encoding.ASCII.GetBytes(start + Hash(start, Content.Span) + "\n"), .. Content.Span];
    }

    /// <summary>Reads a file; every damaged byte shows.</summary>
    public static HeadFile Decode(ReadOnlyMemory<byte> bytes, string path, long number)
    {
        if (bytes.IsEmpty)
            throw Damaged(path, 0, "a head", "an empty file, as a crash of the disk or its machine leaves one");
        var end = bytes.Span.IndexOf((byte)'\n');
        var fields = Encoding.Latin1.GetString(bytes.Span[..Math.Max(0, end)]).Split(' ');
        if (fields.Length < 2 || fields[0] != "gristmill-head")
            throw Damaged(path, 0, "a line 'gristmill-head …'", $"{bytes.Length} other bytes");
        if (fields.Length != 7)
            throw Damaged(path, 0, "a line of seven fields", $"{fields.Length}");
        var content = bytes[(end + 1)..];
        var start = string.Join(' ', fields[..6]) + " ";
        var hash = Hash(start, content.Span);
        if (hash != fields[6])
            throw Damaged(path, 0, $"hash {fields[6]}", $"{hash} over {bytes.Length} bytes");
        // From here on it is what was written: by a newer version, perhaps, or to another place.
        if (fields[1] != Format)
            throw new UnsupportedFormatException(path, "head file", int.Parse(fields[1], CultureInfo.InvariantCulture), 1);
        if (fields[2] != number.ToString(CultureInfo.InvariantCulture))
            throw Damaged(path, 0, $"head number {number}", fields[2]);
        return new HeadFile(number, fields[3], fields[4], content);
    }

    private static string Hash(string start, ReadOnlySpan<byte> content) =>
        Convert.ToHexStringLower(SHA256.HashData([.. Encoding.Latin1.GetBytes(start), .. content]));

    private static CorruptCheckpointException Damaged(string path, long offset, string expected, string found) =>
        new(path, offset, expected, found + ". The job's newest checkpoint cannot be told from it; restore the file from a copy, or choose a checkpoint by hand");
}
