using Gristmill.AzureStorage.Internal;
using Gristmill.Files;
using Gristmill.Files.Internal;

namespace Gristmill.AzureStorage;

/// <summary>Blobs of one JSON value a line as sources and sinks, with the options of <see cref="JsonLines"/>.</summary>
public static class BlobJsonLines
{
    /// <summary>Reads JSON Lines from blobs, as <see cref="BlobCsv.Read{T}(AzureBlobContainer, string, Action{CsvReadOptions{T}}?)"/> reads CSV.</summary>
    /// <param name="container">The container.</param>
    /// <param name="nameOrGlob">A blob's name, or a pattern with <c>*</c> (within a part) or <c>**</c> (across parts); read in ordinal order of the names.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public static Source<T, FilePosition> Read<T>(AzureBlobContainer container, string nameOrGlob, Action<JsonLinesReadOptions<T>>? configure = null) =>
        Read(container, [nameOrGlob], configure);

    /// <summary>Reads JSON Lines from the blobs of several names or patterns as one source; a blob that two of them find is read once.</summary>
    /// <param name="container">The container.</param>
    /// <param name="namesOrGlobs">Names and patterns.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public static Source<T, FilePosition> Read<T>(AzureBlobContainer container, IEnumerable<string> namesOrGlobs, Action<JsonLinesReadOptions<T>>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(container);
        ArgumentNullException.ThrowIfNull(namesOrGlobs);
        var options = new JsonLinesReadOptions<T> { ReadAheadBytes = BlobFiles.ReadAheadBytes };
        configure?.Invoke(options);
        return new BlobSource<T>(container, new JsonLinesSource<T>(new BlobFiles(container, namesOrGlobs), options));
    }

    /// <summary>Writes JSON Lines blobs, exactly once, as <see cref="BlobCsv.Write"/> does: <c>part-&lt;epoch&gt;-&lt;subtask&gt;.jsonl</c>.</summary>
    /// <param name="container">The container.</param>
    /// <param name="folder">What the blobs' names begin with, as <c>out/totals</c>; empty for the container itself.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public static TransactionalSink<T, StagedBlob> Write<T>(AzureBlobContainer container, string folder, Action<JsonLinesWriteOptions<T>>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(container);
        ArgumentNullException.ThrowIfNull(folder);
        var options = new JsonLinesWriteOptions<T>();
        configure?.Invoke(options);
        return new BlobSink<T>(container, folder, new JsonLinesFormat<T>(options), "application/jsonl");
    }
}
