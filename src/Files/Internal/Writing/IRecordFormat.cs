namespace Gristmill.Files.Internal;

/// <summary>What records look like in a file, whatever the file lies in.</summary>
internal interface IRecordFormat<T>
{
    /// <summary>What the user chose.</summary>
    FileWriteOptions Options { get; }

    /// <summary>The end of a file's name, as <c>.csv</c>.</summary>
    string Extension { get; }

    /// <summary>The end of a published file's name, as <c>.csv.gz</c>.</summary>
    string PublishedExtension => Options.Gzip ? Extension + ".gz" : Extension;

    /// <summary>The faults of the options and the record type.</summary>
    IEnumerable<string> Faults();

    /// <summary>An encoder for one subtask.</summary>
    IRecordEncoder<T> NewEncoder();
}
