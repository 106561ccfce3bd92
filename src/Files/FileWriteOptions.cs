namespace Gristmill.Files;

/// <summary>What the sinks that write files have in common.</summary>
public abstract class FileWriteOptions
{
    private protected FileWriteOptions()
    {
    }

    /// <summary>
    /// How the names of published files begin: <c>part-00000012-3.csv</c> is subtask 3 of epoch 12. Default: "part". Sinks that
    /// share a directory need different ones. Letters, digits, '_', '-' and '.'.
    /// </summary>
    public string Prefix { get; set; } = "part";

    /// <summary>Whether files are compressed with gzip. Default: false.</summary>
    public bool Gzip { get; set; }

    /// <summary>
    /// The bytes a subtask may have encoded but not yet written to the disk; above it the subtask waits. Default: 8 MB; from
    /// 256 KB to 1 GB.
    /// </summary>
    public int MaxUnwrittenBytes { get; set; } = 8 << 20;

    internal virtual IEnumerable<string> Faults()
    {
        if (Prefix.Length == 0 || !Prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') || Prefix[0] == '.')
            yield return $"Prefix is '{Prefix}'; use letters, digits, '_', '-' and '.', and no '.' at the start.";
        if (MaxUnwrittenBytes is < 256 << 10 or > 1 << 30)
            yield return $"MaxUnwrittenBytes is {MaxUnwrittenBytes}; set it to between 256 KB and 1 GB.";
    }
}
