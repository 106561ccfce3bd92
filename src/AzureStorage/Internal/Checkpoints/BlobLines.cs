using System.Text;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Gristmill.Checkpoints;

namespace Gristmill.AzureStorage.Internal;

/// <summary>
/// Blobs that grow by lines: a line is a block more, and the list of blocks is committed on the condition that the blob is
/// still the one it was read from. An append blob would need no condition, but takes 50,000 appends and no more, which a job
/// makes in a week; here small blocks are merged as they become many, in the same commit. And that one block is ours tells
/// a lost answer from a refusal, which equal lines in an append blob would not.
/// </summary>
internal sealed class BlobLines(AzureBlobContainer container)
{
    private const int MostAttempts = 200;

    // Appenders of this process go one by one; only those of others meet in a refusal.
    private readonly SemaphoreSlim _turn = new(1, 1);

    public async ValueTask AppendAsync(string name, string line, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await AppendInTurnAsync(container.Blob(name), Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static async Task AppendInTurnAsync(BlockBlobClient blob, byte[] line, CancellationToken cancellationToken)
    {
        // The same through all attempts, so that none of them is taken for another's.
        string mine = BlockId.Of(BlockId.NewUpload(), 0);
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            (IReadOnlyList<LineBlock> blocks, ETag? tag) = await LookAsync(blob, cancellationToken);
            if (blocks.Any(block => block.Id == mine))
                return;
            var conditions = tag is null ? new BlobRequestConditions { IfNoneMatch = ETag.All } : new BlobRequestConditions { IfMatch = tag };
            try
            {
                // What is merged is read on the same condition, so that may be refused too.
                IReadOnlyList<string> list = [.. await MergeAsync(blob, blocks, tag, cancellationToken), mine];
                await StageAsync(blob, mine, line, cancellationToken);
                await blob.CommitBlockListAsync(list, new CommitBlockListOptions { Conditions = conditions }, cancellationToken);
                return;
            }
            catch (RequestFailedException e) when (BlobErrors.IsRefusal(e))
            {
                // Another appender was faster, or we were and the answer was lost: the next look tells.
                await Task.Delay(Random.Shared.Next(1, 10 + (5 * attempt)), cancellationToken);
            }
        }
        throw new CheckpointStoreException($"A line could not be appended to '{blob.Name}': in {MostAttempts} attempts others were always faster. Is some process appending to it in a loop?");
    }

    /// <summary>Replaces small blocks by a large one if they have become many; gives the names of all blocks then.</summary>
    private static async Task<IReadOnlyList<string>> MergeAsync(BlockBlobClient blob, IReadOnlyList<LineBlock> blocks, ETag? tag, CancellationToken cancellationToken)
    {
        if (LineMerge.Plan(blocks) is not { } merge)
            return [.. blocks.Select(block => block.Id)];
        byte[] bytes = new byte[merge.Length];
        await BlobRanges.ReadRangeAsync(blob, merge.Offset, bytes, tag, cancellationToken);
        string merged = BlockId.Of(BlockId.NewUpload(), 0);
        await StageAsync(blob, merged, bytes, cancellationToken);
        return [.. blocks.Take(merge.First).Select(block => block.Id), merged, .. blocks.Skip(merge.First + merge.Count).Select(block => block.Id)];
    }

    private static async Task StageAsync(BlockBlobClient blob, string id, byte[] bytes, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(bytes, writable: false);
        await blob.StageBlockAsync(id, content, cancellationToken: cancellationToken);
    }

    private static async Task<(IReadOnlyList<LineBlock> Blocks, ETag? Tag)> LookAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            Response<BlockList> list = await blob.GetBlockListAsync(BlockListTypes.Committed, cancellationToken: cancellationToken);
            // A blob that only has staged blocks answers too, and has no ETag.
            return ([.. list.Value.CommittedBlocks.Select(block => new LineBlock(block.Name, block.SizeLong))], list.GetRawResponse().Headers.ETag);
        }
        catch (RequestFailedException e) when (BlobErrors.IsMissing(e))
        {
            return ([], null);
        }
    }
}
