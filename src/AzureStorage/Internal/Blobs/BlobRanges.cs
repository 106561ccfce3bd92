using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace Gristmill.AzureStorage.Internal;

/// <summary>Reads ranges of blobs into buffers.</summary>
internal static class BlobRanges
{
    /// <summary>Reads until the buffer is full or the blob ends; a large buffer by several requests side by side.</summary>
    public static async Task<int> ReadAsync(
        BlobBaseClient blob, long offset, Memory<byte> buffer, int rangeBytes, int parallel, CancellationToken cancellationToken)
    {
        if (buffer.Length <= rangeBytes)
            return await ReadRangeAsync(blob, offset, buffer, null, cancellationToken);
        var counts = new int[(buffer.Length + rangeBytes - 1) / rangeBytes];
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, counts.Length, options, async (range, ct) =>
        {
            int start = range * rangeBytes;
            counts[range] = await ReadRangeAsync(blob, offset + start, buffer.Slice(start, Math.Min(rangeBytes, buffer.Length - start)), null, ct);
        });
        int total = 0;
        foreach (int count in counts)
        {
            total += count;
            // Behind a range that ended early there is nothing; if a blob that grows has grown meanwhile, it is not read.
            if (count < rangeBytes)
                break;
        }
        return total;
    }

    /// <summary>Reads one range by one request.</summary>
    public static async Task<int> ReadRangeAsync(BlobBaseClient blob, long offset, Memory<byte> buffer, ETag? tag, CancellationToken cancellationToken)
    {
        var options = new BlobDownloadOptions { Range = new HttpRange(offset, buffer.Length), Conditions = new BlobRequestConditions { IfMatch = tag } };
        try
        {
            using BlobDownloadStreamingResult range = await blob.DownloadStreamingAsync(options, cancellationToken);
            return await range.Content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        }
        catch (RequestFailedException e) when (BlobErrors.IsPastEnd(e))
        {
            return 0;
        }
    }
}
