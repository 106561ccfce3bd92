namespace Gristmill.Files.Internal;

/// <summary>Turns records into the bytes of files. Disposing lets go of an unfinished one; a new one may begin after it.</summary>
internal interface IRecordEncoder<T> : IDisposable
{
    /// <summary>A new file begins.</summary>
    void Begin(OutputBuffer output);

    /// <summary>Adds records to it.</summary>
    void Encode(ReadOnlySpan<T> records);

    /// <summary>The file ends: everything encoded is in the output.</summary>
    void End();
}
