namespace Gristmill.Files;

/// <summary>A file can't be read as the job asks: it is missing, torn, lacks a column, or changed under a checkpoint.</summary>
public sealed class SourceFileException : IOException
{
    /// <summary>Creates the error.</summary>
    public SourceFileException(string path, string message, Exception? inner = null)
        : base(message, inner) => Path = path;

    /// <summary>The file, or the pattern that found none.</summary>
    public string Path { get; }
}
