namespace Gristmill.Checkpoints;

/// <summary>Copies on a local disk of what this process writes to a remote store, see <see cref="LocalCopyStore"/>.</summary>
public sealed class LocalCopyOptions
{
    /// <summary>The folder, on a disk of this machine. One process uses it, for one job. Required.</summary>
    public string Folder { get; set; } = "";

    /// <summary>The most bytes of copies in it, those being written included: 1 MB or more. Default: 10 GB. The oldest go first.</summary>
    public long MaxBytes { get; set; } = 10L << 30;

    internal IEnumerable<string> Faults()
    {
        if (string.IsNullOrWhiteSpace(Folder))
            yield return "Checkpoints.LocalCopies.Folder is empty; name a folder on a local disk, or leave Checkpoints.LocalCopies null.";
        if (MaxBytes < 1 << 20)
            yield return $"Checkpoints.LocalCopies.MaxBytes is {MaxBytes}; it must be 1 MB or more.";
    }
}
