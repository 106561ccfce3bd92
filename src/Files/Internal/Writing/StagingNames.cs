using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Gristmill.Files.Internal;

/// <summary>
/// The names of a sink's files, and with them the argument why two generations never harm each other.
/// <list type="bullet">
/// <item>A staged file is <c>job.operator-g3-s0-n7.csv</c>: the generation is in the name, and a generation has one writer a
/// subtask, which counts its files. So a zombie writes only names no other generation writes, and nobody publishes them,
/// because what is published is what a manifest names and the zombie's acks are refused. Should a name be taken all the same
/// (a job begun anew without its checkpoints counts generations from 1 again), the next free one is: <c>-n7~1</c>. The epoch is
/// not in the name: a file is begun before the barrier that gives its epoch a number.</item>
/// <item>A published file is <c>part-00000012-0.csv</c>: the same for whoever commits epoch 12. There is one manifest of
/// epoch 12, so all who commit it rename the same staged file to the same name: one of them does, the others find it done.</item>
/// <item>A marker <c>job.operator.applied-00000012</c> says that all up to epoch 12 are published, should a consumer have taken
/// the files away. The highest counts, so a zombie that makes a lower one changes nothing.</item>
/// </list>
/// </summary>
internal sealed class StagingNames(SinkContext context, string prefix)
{
    public const string Directory = ".staging";

    private const string AppliedMark = ".applied-";

    private readonly string _key = $"{Escape(context.Job)}.{Escape(context.Operator)}";

    // To the end, so that an operator whose name ends like a staged file's keeps its files.
    private readonly Regex _staged = new(
        $"^{Regex.Escape($"{Escape(context.Job)}.{Escape(context.Operator)}")}-g([0-9]+)-s[0-9]+-n[0-9]+(~[0-9]+)?\\.[a-z.]+$", RegexOptions.CultureInvariant);

    /// <summary>A staged file, relative to the sink's directory.</summary>
    /// <param name="file">How many files the writer has begun before.</param>
    /// <param name="taken">How many names of this file were taken.</param>
    /// <param name="extension">The end of the name.</param>
    public string Staged(long file, int taken, string extension) => string.Create(CultureInfo.InvariantCulture,
        $"{Directory}/{_key}-g{context.Generation}-s{context.Subtask}-n{file}{(taken == 0 ? "" : $"~{taken}")}{extension}");

    /// <summary>A published file, relative to the sink's directory.</summary>
    public string Published(long epoch, int subtask, string extension) => string.Create(CultureInfo.InvariantCulture,
        $"{prefix}-{epoch:D8}-{subtask}{extension}");

    /// <summary>A marker, relative to the sink's directory.</summary>
    public string Applied(long epoch) => string.Create(CultureInfo.InvariantCulture, $"{Directory}/{_key}{AppliedMark}{epoch:D8}");

    /// <summary>The epoch of a marker of this sink, by its file name.</summary>
    public long? EpochOfMarker(string name) =>
        name.StartsWith(_key + AppliedMark, StringComparison.Ordinal) ? Number(name.AsSpan(_key.Length + AppliedMark.Length)) : null;

    /// <summary>The generation of a staged file of this sink, by its file name.</summary>
    public long? GenerationOf(string name) => _staged.Match(name) is { Success: true } match ? Number(match.Groups[1].ValueSpan) : null;

    private static long? Number(ReadOnlySpan<char> text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    /// <summary>A name in which every file system keeps every character apart, and that has no '.' of its own.</summary>
    private static string Escape(string name)
    {
        var escaped = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(name))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_')
                escaped.Append((char)b);
            else
                escaped.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        return escaped.ToString();
    }
}
