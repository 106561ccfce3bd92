using System.Globalization;
using Azure.Storage.Blobs.Models;
using Gristmill.Files;
using Gristmill.Files.Internal;

namespace Gristmill.AzureStorage.Internal;

/// <summary>
/// Publishes staged output by committing lists of blocks. All of it can be done again, and be done by two at once: a commit
/// that finds the blob made of the very blocks it names has been done already. A marker says up to which epoch all is
/// published, should a consumer have taken the blobs away.
/// </summary>
internal sealed class BlobPublisher(AzureBlobContainer container, string folder, StagingNames names, string contentType)
{
    public async Task PublishAsync(IReadOnlyList<Staged<StagedBlob>> staged, CancellationToken cancellationToken)
    {
        await container.ReadyAsync(cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = container.Options.ParallelTransfers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(staged, options, async (output, ct) => await PublishOneAsync(output, ct));
        // Only now: a marker without the blobs would call lost output taken.
        await MarkAppliedAsync(staged.Max(output => output.Epoch), cancellationToken);
    }

    private async Task PublishOneAsync(Staged<StagedBlob> output, CancellationToken cancellationToken)
    {
        (string blob, string upload, int blocks, _, _) = output.Value;
        switch (await BlobMark.CreateAsync(container.Blob(blob), upload, blocks, contentType, cancellationToken))
        {
            case BlobCreation.Anothers:
                throw new SinkFileException(blob, $"The blob '{blob}' in {container.Description} already holds other output than epoch {output.Epoch} of this job: "
                    + "another run or sink published it. Move it away, or give the sink another folder or Prefix.");
            case BlobCreation.Missing when await AppliedEpochAsync(cancellationToken) < output.Epoch:
                throw new SinkFileException(blob, $"The output of epoch {output.Epoch} staged for '{blob}' in {container.Description} is lost: it is neither published nor staged any more. "
                    + "The service drops staged blocks after a week. Go back to an older checkpoint.");
        }
    }

    private async Task MarkAppliedAsync(long epoch, CancellationToken cancellationToken)
    {
        List<(string Blob, long Epoch)> markers = await MarkersAsync(cancellationToken);
        if (markers.Any(marker => marker.Epoch >= epoch))
            return;
        await BlobMark.CreateAsync(container.Blob(folder + names.Applied(epoch)), BlockId.NewUpload(), 0, null, cancellationToken);
        foreach ((string blob, _) in markers)
            await container.Blob(blob).DeleteIfExistsAsync(cancellationToken: cancellationToken);
    }

    private async Task<long> AppliedEpochAsync(CancellationToken cancellationToken) =>
        (await MarkersAsync(cancellationToken)).Select(marker => marker.Epoch).DefaultIfEmpty(-1).Max();

    private async Task<List<(string Blob, long Epoch)>> MarkersAsync(CancellationToken cancellationToken)
    {
        var markers = new List<(string, long)>();
        string within = string.Create(CultureInfo.InvariantCulture, $"{folder}{StagingNames.Directory}/");
        await foreach (BlobItem blob in container.Client.GetBlobsAsync(prefix: within, cancellationToken: cancellationToken))
        {
            if (names.EpochOfMarker(blob.Name[within.Length..]) is { } epoch)
                markers.Add((blob.Name, epoch));
        }
        return markers;
    }
}
