namespace Gristmill.Checkpoints;

/// <summary>A block is whole, but this program lacks what it takes to read it: the key, or the method of compression.</summary>
public sealed class BlockDecodingException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">The object the block lies in.</param>
    /// <param name="offset">Where in it the block begins.</param>
    /// <param name="problem">What is missing, and the remedy: the end of a sentence that begins with the block.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public BlockDecodingException(string file, long offset, string problem, Exception? innerException = null)
        : base($"The block at offset {offset} of '{file}' {problem}", innerException)
    {
        File = file;
        Offset = offset;
    }

    /// <summary>The object the block lies in.</summary>
    public string File { get; }

    /// <summary>Where in it the block begins, in bytes.</summary>
    public long Offset { get; }
}
