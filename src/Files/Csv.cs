using Gristmill.Files.Internal;

namespace Gristmill.Files;

/// <summary>Comma-separated files as sources and sinks.</summary>
public static class Csv
{
    /// <summary>
    /// Reads CSV files, plain or gzip (told by their first bytes). One file is one split unless
    /// <see cref="FileReadOptions.SplitSize"/> says otherwise. A plain file is taken up again by seeking; a compressed one is
    /// decompressed again from its start and passed over up to the position, at several hundred MB a second.
    /// </summary>
    /// <param name="pathOrGlob">A file, or a pattern with <c>*</c> (within a directory) or <c>**</c> (across); read in ordinal order of the paths.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record: a record, class or struct whose members are the columns. A struct is filled in place.</typeparam>
    public static Source<T, FilePosition> Read<T>(string pathOrGlob, Action<CsvReadOptions<T>>? configure = null) =>
        Read([pathOrGlob], configure);

    /// <summary>Reads several CSV files or patterns as one source; a file that two of them find is read once.</summary>
    /// <param name="pathsOrGlobs">Files and patterns.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public static Source<T, FilePosition> Read<T>(IEnumerable<string> pathsOrGlobs, Action<CsvReadOptions<T>>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(pathsOrGlobs);
        var options = new CsvReadOptions<T>();
        configure?.Invoke(options);
        return new CsvSource<T>(new FileSet(pathsOrGlobs), options);
    }

    /// <summary>
    /// Writes CSV files, exactly once: an epoch's rows become visible as <c>part-&lt;epoch&gt;-&lt;subtask&gt;.csv</c>, whole, when its
    /// checkpoint is complete. What is being written lies in <c>.staging</c> there.
    /// </summary>
    /// <param name="directory">Where the files go; it is made if it is missing. All subtasks must see the same one.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type; its members in order of declaration are the columns unless options name some.</typeparam>
    public static TransactionalSink<T, StagedFile> Write<T>(string directory, Action<CsvWriteOptions<T>>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        var options = new CsvWriteOptions<T>();
        configure?.Invoke(options);
        return new FileSink<T>(directory, new CsvFormat<T>(options));
    }
}
