using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Gristmill.Checkpoints;

namespace Gristmill.AzureStorage.Internal;

/// <summary>Heads as blobs <c>job/head</c>. The ETag that was read with a version is the condition of the move from it.</summary>
internal sealed class BlobHead(AzureBlobContainer container, string root)
{
    /// <summary>
    /// The service answers with content and mark of one moment. The emulator may not while a head moves, so what does not
    /// fit is asked for again before it is called damaged.
    /// </summary>
    private const int MostReads = 20;

    public async Task<StoredHead?> ReadAsync(string job, CancellationToken cancellationToken)
    {
        await container.ReadyAsync(cancellationToken);
        BlockBlobClient blob = BlobOf(job);
        for (int read = 1; ; read++)
        {
            if (await TryReadAsync(blob, cancellationToken) is not var (mark, content))
                return null;
            if (mark.Fits(content))
                return new StoredHead(mark.Version, content);
            if (read == MostReads)
                throw new CorruptCheckpointException(blob.Name, 0, $"content of hash {mark.Hash}", "another");
        }
    }

    public async Task<bool> TryMoveAsync(string job, long expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await container.ReadyAsync(cancellationToken);
        BlockBlobClient blob = BlobOf(job);
        (HeadMark Mark, ETag Tag)? before = await LookAsync(blob, cancellationToken);
        if ((before?.Mark.Version ?? 0) != expected)
            return false;
        await using var upload = new BlockUpload(blob, container.Options);
        await upload.WriteAsync(content, cancellationToken);
        await upload.FinishAsync(cancellationToken);
        var options = new CommitBlockListOptions
        {
            Conditions = before is { } known ? new BlobRequestConditions { IfMatch = known.Tag } : new BlobRequestConditions { IfNoneMatch = ETag.All },
            Metadata = HeadMark.Follow(before?.Mark, content.Span, upload.Id).Encode(),
        };
        try
        {
            await blob.CommitBlockListAsync(BlockId.All(upload.Id, upload.Blocks), options, cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (BlobErrors.IsRefusal(e))
        {
            return await HadMovedAsync(blob, expected + 1, upload.Id, e, cancellationToken);
        }
    }

    /// <summary>A refusal may answer the second try of a commit whose first succeeded.</summary>
    private static async Task<bool> HadMovedAsync(BlockBlobClient blob, long version, string mover, RequestFailedException refusal, CancellationToken cancellationToken)
    {
        HeadMark? now = (await LookAsync(blob, cancellationToken))?.Mark;
        return now?.WasMadeBy(mover, version) ?? throw new CheckpointStoreException(
            $"Whether version {version} of the head '{blob.Name}' was made by this process is unknown: the service refused it ({refusal.ErrorCode}), "
            + $"and now there is {(now is null ? "no head" : $"version {now.Version}")}. Another process owns the job, or somebody changed the blob by hand.", refusal);
    }

    private static async Task<(HeadMark Mark, byte[] Content)?> TryReadAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            using BlobDownloadStreamingResult head = await blob.DownloadStreamingAsync(cancellationToken: cancellationToken);
            using var content = new MemoryStream();
            await head.Content.CopyToAsync(content, cancellationToken);
            return (HeadMark.Decode(head.Details.Metadata, blob.Name), content.ToArray());
        }
        catch (RequestFailedException e) when (BlobErrors.IsMissing(e))
        {
            return null;
        }
    }

    private static async Task<(HeadMark Mark, ETag Tag)?> LookAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            BlobProperties properties = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
            return (HeadMark.Decode(properties.Metadata, blob.Name), properties.ETag);
        }
        catch (RequestFailedException e) when (BlobErrors.IsMissing(e))
        {
            return null;
        }
    }

    private BlockBlobClient BlobOf(string job) => container.Blob($"{root}{job}/{ObjectName.HeadPart}");
}
