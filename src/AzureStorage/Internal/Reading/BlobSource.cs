using Gristmill.Files;

namespace Gristmill.AzureStorage.Internal;

/// <summary>A source over files that are blobs: the faults of the container come with its own.</summary>
internal sealed class BlobSource<T>(AzureBlobContainer container, Source<T, FilePosition> source) : Source<T, FilePosition>
{
    public override IEnumerable<string> Validate() => [.. container.Validate(), .. source.Validate()];

    public override ValueTask<IReadOnlyList<SourceSplit<FilePosition>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken) =>
        source.DiscoverAsync(context, cancellationToken);

    public override SplitReader<T, FilePosition> OpenReader(string splitId, FilePosition position, SourceContext context) =>
        source.OpenReader(splitId, position, context);
}
