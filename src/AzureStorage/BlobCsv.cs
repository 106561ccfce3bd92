using Gristmill.AzureStorage.Internal;
using Gristmill.Files;
using Gristmill.Files.Internal;

namespace Gristmill.AzureStorage;

/// <summary>Comma-separated blobs as sources and sinks, with the options of <see cref="Csv"/>.</summary>
public static class BlobCsv
{
    /// <summary>
    /// Reads CSV from blobs, plain or gzip (told by their first bytes), as <see cref="Csv.Read{T}(string, Action{CsvReadOptions{T}}?)"/>
    /// does from files. A plain blob is taken up again by a range request; a compressed one is read again from its start.
    /// Pool threads wait for the service, one for each blob being read. <see cref="FileReadOptions.ReadAheadBytes"/> is 4 MB by default here.
    /// </summary>
    /// <param name="container">The container.</param>
    /// <param name="nameOrGlob">A blob's name, or a pattern with <c>*</c> (within a part) or <c>**</c> (across parts); read in ordinal order of the names.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record: a record, class or struct whose members are the columns.</typeparam>
    public static Source<T, FilePosition> Read<T>(AzureBlobContainer container, string nameOrGlob, Action<CsvReadOptions<T>>? configure = null) =>
        Read(container, [nameOrGlob], configure);

    /// <summary>Reads CSV from the blobs of several names or patterns as one source; a blob that two of them find is read once.</summary>
    /// <param name="container">The container.</param>
    /// <param name="namesOrGlobs">Names and patterns.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public static Source<T, FilePosition> Read<T>(AzureBlobContainer container, IEnumerable<string> namesOrGlobs, Action<CsvReadOptions<T>>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(container);
        ArgumentNullException.ThrowIfNull(namesOrGlobs);
        var options = new CsvReadOptions<T> { ReadAheadBytes = BlobFiles.ReadAheadBytes };
        configure?.Invoke(options);
        return new BlobSource<T>(container, new CsvSource<T>(new BlobFiles(container, namesOrGlobs), options));
    }

    /// <summary>
    /// Writes CSV blobs, exactly once: an epoch's rows become visible as <c>part-&lt;epoch&gt;-&lt;subtask&gt;.csv</c>, whole, when
    /// its checkpoint is complete. Until the epoch ends they wait in memory and then in a temporary file of this machine;
    /// then they are staged at the service as blocks no blob is made of yet, which it keeps for a week.
    /// </summary>
    /// <param name="container">The container.</param>
    /// <param name="folder">What the blobs' names begin with, as <c>out/totals</c>; empty for the container itself.</param>
    /// <param name="configure">Sets options.</param>
    /// <typeparam name="T">The record type; its members in order of declaration are the columns unless options name some.</typeparam>
    public static TransactionalSink<T, StagedBlob> Write<T>(AzureBlobContainer container, string folder, Action<CsvWriteOptions<T>>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(container);
        ArgumentNullException.ThrowIfNull(folder);
        var options = new CsvWriteOptions<T>();
        configure?.Invoke(options);
        return new BlobSink<T>(container, folder, new CsvFormat<T>(options), "text/csv; charset=utf-8");
    }
}
