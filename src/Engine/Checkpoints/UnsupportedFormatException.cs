namespace Gristmill.Checkpoints;

/// <summary>The bytes are whole, but a newer Gristmill wrote them in a format this one does not know.</summary>
public sealed class UnsupportedFormatException(string file, string part, int found, int newestKnown)
    : Exception($"'{file}' has {part} format {found}, and this version of Gristmill reads up to {newestKnown}. Use the version that wrote it, or a newer one.")
{
    /// <summary>The object.</summary>
    public string File { get; } = file;

    /// <summary>The format found.</summary>
    public int Found { get; } = found;
}
