namespace Gristmill.Files;

/// <summary>Output can't be staged or published: no room, no permission, staged output lost, or a name already taken.</summary>
public sealed class SinkFileException : IOException
{
    /// <summary>Creates the error.</summary>
    public SinkFileException(string path, string message, Exception? inner = null)
        : base(message, inner) => Path = path;

    /// <summary>The file or directory.</summary>
    public string Path { get; }

    internal static SinkFileException From(string path, Exception error) => new(
        path,
        error is UnauthorizedAccessException
            ? $"No permission to write '{path}': {error.Message} Let the process's user write in the sink's directory, or choose another."
            : $"Cannot write '{path}': {error.Message} See that the disk has room and the directory is reachable; the job goes on from its last checkpoint.",
        error);
}
