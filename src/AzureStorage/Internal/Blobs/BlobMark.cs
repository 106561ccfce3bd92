using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace Gristmill.AzureStorage.Internal;

/// <summary>What became of the creation of a blob.</summary>
internal enum BlobCreation
{
    /// <summary>The blob is there, and this upload made it, now or before.</summary>
    Ours,

    /// <summary>Another has the name.</summary>
    Anothers,

    /// <summary>There is no blob, and its blocks are not there to make it of; or it went away this moment.</summary>
    Missing,
}

/// <summary>
/// Creates blobs that say which upload made them. An answer that was lost is asked for again by the SDK, and then the service
/// refuses what it has done already; the mark tells that from another's blob.
/// </summary>
internal static class BlobMark
{
    private const string Key = "gristmill_upload";

    /// <summary>Makes the blob of staged blocks unless there is one.</summary>
    public static async Task<BlobCreation> CreateAsync(
        BlockBlobClient blob, string upload, int blocks, string? contentType, CancellationToken cancellationToken)
    {
        var options = new CommitBlockListOptions
        {
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
            Metadata = new Dictionary<string, string> { [Key] = upload },
            HttpHeaders = contentType is null ? null : new BlobHttpHeaders { ContentType = contentType },
        };
        try
        {
            await blob.CommitBlockListAsync(BlockId.All(upload, blocks), options, cancellationToken);
            return BlobCreation.Ours;
        }
        catch (RequestFailedException e) when (BlobErrors.IsRefusal(e))
        {
            string? found = await FindAsync(blob, cancellationToken);
            return found is null ? BlobCreation.Missing : found == upload ? BlobCreation.Ours : BlobCreation.Anothers;
        }
    }

    /// <summary>The upload that made a blob; empty if it does not say, null if there is no such blob.</summary>
    private static async Task<string?> FindAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            BlobProperties properties = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
            return properties.Metadata.TryGetValue(Key, out string? upload) ? upload : "";
        }
        catch (RequestFailedException e) when (BlobErrors.IsMissing(e))
        {
            return null;
        }
    }
}
