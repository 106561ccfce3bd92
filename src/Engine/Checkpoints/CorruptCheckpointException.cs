namespace Gristmill.Checkpoints;

/// <summary>What the store returned is not what was written: torn, cut short, or with changed bytes.</summary>
public sealed class CorruptCheckpointException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">The damaged object.</param>
    /// <param name="offset">Where the damaged part begins.</param>
    /// <param name="expected">What should be there.</param>
    /// <param name="found">What is there.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public CorruptCheckpointException(string file, long offset, string expected, string found, Exception? innerException = null)
        : base($"'{file}' is damaged at offset {offset}: expected {expected}, found {found}.", innerException)
    {
        File = file;
        Offset = offset;
        Expected = expected;
        Found = found;
    }

    /// <summary>The damaged object.</summary>
    public string File { get; }

    /// <summary>Where the damaged part begins, in bytes.</summary>
    public long Offset { get; }

    /// <summary>What should be there.</summary>
    public string Expected { get; }

    /// <summary>What is there.</summary>
    public string Found { get; }
}
