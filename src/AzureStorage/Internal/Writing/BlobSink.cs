using Gristmill.Files;
using Gristmill.Files.Internal;

namespace Gristmill.AzureStorage.Internal;

/// <summary>
/// Stages an epoch's output as blocks at the name it will have, and publishes it by committing them.
/// </summary>
/// <remarks>
/// Generations may stage for the same name: one that died after epoch 13 had been staged and before its checkpoint was complete,
/// and its successor, whose next epoch is 13 again. Their blocks differ and wait side by side; the checkpoint that is complete
/// names those of one, and their commit drops the others. So there is nothing to clean up before a generation runs, and nothing
/// may be: the only way to drop staged blocks is to commit a blob, which would drop those of a later generation too if this one
/// is a zombie. What was staged for a name that nobody commits (the successor had no records there) the service drops itself, a
/// week later; it is never visible.
/// </remarks>
internal sealed class BlobSink<T>(AzureBlobContainer container, string folder, IRecordFormat<T> format, string contentType) : TransactionalSink<T, StagedBlob>
{
    private readonly string _folder = folder.Length == 0 ? "" : folder + "/";
    private readonly FileWriteOptions _options = format.Options;

    /// <summary>How its published blobs' addresses begin, whatever their extension.</summary>
    public override string Target => $"{container.Address}/{_folder}{_options.Prefix}";

    public override IEnumerable<string> Validate() => [.. container.Validate(), .. ContainerFaults.OfFolder(folder), .. format.Faults()];

    public override SinkWriter<T, StagedBlob> OpenWriter(SinkContext context)
    {
        StagingNames names = NamesOf(context);
        var unwritten = new Unwritten(_options.MaxUnwrittenBytes, context);
        string NameOf(long epoch) => _folder + names.Published(epoch, context.Subtask, format.PublishedExtension);
        return new EpochWriter<T, StagedBlob>(
            format.NewEncoder(), unwritten, () => new StagingBlob(container, NameOf, _options.Gzip, unwritten, context));
    }

    public override async ValueTask CommitAsync(IReadOnlyList<Staged<StagedBlob>> staged, SinkContext context, CancellationToken cancellationToken)
    {
        if (staged.Count == 0)
            return;
        try
        {
            await new BlobPublisher(container, _folder, NamesOf(context), _options.Gzip ? "application/gzip" : contentType).PublishAsync(staged, cancellationToken);
        }
        catch (Exception e) when (BlobErrors.IsService(e, cancellationToken) && e is not SinkFileException)
        {
            throw new SinkFileException(container.Address, $"Cannot publish output in {container.Description}: {BlobErrors.Cause(e)} The job goes on from its last checkpoint.", e);
        }
    }

    private StagingNames NamesOf(SinkContext context) => new(context, _options.Prefix);
}
