using Gristmill.Files.Internal;

namespace Gristmill.Files;

/// <summary>Files of one JSON value a line as sources and sinks.</summary>
public static class JsonLines
{
    /// <summary>
    /// Reads JSON Lines files, plain or gzip (told by their first bytes). A plain file is taken up again by seeking; a
    /// compressed one is decompressed again from its start and passed over up to the position.
    /// </summary>
    /// <param name="pathOrGlob">A file, or a pattern with <c>*</c> (within a directory) or <c>**</c> (across); read in ordinal order of the paths.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public static Source<T, FilePosition> Read<T>(string pathOrGlob, Action<JsonLinesReadOptions<T>>? configure = null) =>
        Read([pathOrGlob], configure);

    /// <summary>Reads several JSON Lines files or patterns as one source; a file that two of them find is read once.</summary>
    /// <param name="pathsOrGlobs">Files and patterns.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public static Source<T, FilePosition> Read<T>(IEnumerable<string> pathsOrGlobs, Action<JsonLinesReadOptions<T>>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(pathsOrGlobs);
        var options = new JsonLinesReadOptions<T>();
        configure?.Invoke(options);
        return new JsonLinesSource<T>(new FileSet(pathsOrGlobs), options);
    }

    /// <summary>Writes JSON Lines files, exactly once, as <see cref="Csv.Write"/> does: <c>part-&lt;epoch&gt;-&lt;subtask&gt;.jsonl</c>.</summary>
    /// <param name="directory">Where the files go; it is made if it is missing. All subtasks must see the same one.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public static TransactionalSink<T, StagedFile> Write<T>(string directory, Action<JsonLinesWriteOptions<T>>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        var options = new JsonLinesWriteOptions<T>();
        configure?.Invoke(options);
        return new FileSink<T>(directory, new JsonLinesFormat<T>(options));
    }
}
