namespace Gristmill.Files;

/// <summary>What the sources that read files have in common.</summary>
public abstract class FileReadOptions
{
    private protected FileReadOptions()
    {
    }

    /// <summary>
    /// The bytes of a split: an uncompressed file that is larger is read in several byte ranges side by side. Default: null,
    /// a file is one split. From 1 byte; below 16 MB it rarely pays. Compressed files are never divided. Changing it makes
    /// splits that an older checkpoint does not know.
    /// </summary>
    public long? SplitSize { get; set; }

    /// <summary>The bytes of the longest record; a longer one is a bad record. Default: 1 MB; from 16 bytes to 256 MB.</summary>
    public int MaxRecordBytes { get; set; } = 1 << 20;

    /// <summary>The bytes read ahead at a time while those before are parsed. Default: 512 KB; from 64 bytes to 64 MB.</summary>
    public int ReadAheadBytes { get; set; } = 512 << 10;

    internal virtual IEnumerable<string> Faults()
    {
        if (SplitSize is < 1)
            yield return $"SplitSize is {SplitSize}; set it to 1 byte or more, or to null to read each file as one split.";
        if (MaxRecordBytes is < 16 or > 256 << 20)
            yield return $"MaxRecordBytes is {MaxRecordBytes}; set it to between 16 bytes and 256 MB.";
        if (ReadAheadBytes is < 64 or > 64 << 20)
            yield return $"ReadAheadBytes is {ReadAheadBytes}; set it to between 64 bytes and 64 MB.";
    }
}
