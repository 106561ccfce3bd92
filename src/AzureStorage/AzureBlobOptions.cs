using Azure.Storage.Blobs;

namespace Gristmill.AzureStorage;

/// <summary>How a container is used. Checked when the container is, all faults at once.</summary>
public sealed class AzureBlobOptions
{
    internal AzureBlobOptions()
    {
    }

    /// <summary>Whether the container is made at the first use if it is missing. Default: false, and a missing one is an error.</summary>
    public bool CreateIfMissing { get; set; }

    /// <summary>
    /// The bytes of an uploaded block. Default: 4 MB; from 64 KB to 100 MB. The service takes 50,000 blocks a blob, so this
    /// is also what bounds an object: 200 GB by default. A larger block means fewer requests and more memory.
    /// </summary>
    public int BlockBytes { get; set; } = 4 << 20;

    /// <summary>
    /// How many requests one upload, one large read or one listing of splits has under way at once. Default: 4; from 1 to 64.
    /// An upload holds at most one block more than this in memory.
    /// </summary>
    public int ParallelTransfers { get; set; } = 4;

    /// <summary>
    /// The SDK's own settings. Its retry policy (<c>Client.Retry</c>) is the only one there is: by default 5 retries with
    /// exponential delays from 0.8 s up to 1 minute, and 100 s for one try.
    /// </summary>
    public BlobClientOptions Client { get; } = new();

    internal IEnumerable<string> Faults()
    {
        if (BlockBytes is < 64 << 10 or > 100 << 20)
            yield return $"BlockBytes is {BlockBytes}; set it to between 64 KB and 100 MB.";
        if (ParallelTransfers is < 1 or > 64)
            yield return $"ParallelTransfers is {ParallelTransfers}; set it to between 1 and 64.";
    }
}
