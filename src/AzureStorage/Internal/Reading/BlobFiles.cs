using Gristmill.Files;
using Gristmill.Files.Internal;

namespace Gristmill.AzureStorage.Internal;

/// <summary>The blobs that names and patterns find in a container. A blob's id is its name.</summary>
internal sealed class BlobFiles : InputFiles
{
    /// <summary>Blobs are read this much at a time: a request takes some ten milliseconds whatever it brings.</summary>
    public const int ReadAheadBytes = 4 << 20;

    private readonly AzureBlobContainer _container;
    private readonly BlobGlob[] _patterns;

    public BlobFiles(AzureBlobContainer container, IEnumerable<string> namesOrGlobs)
    {
        _container = container;
        _patterns = [.. namesOrGlobs.Select(Analyze)];
        if (_patterns.Length == 0)
            throw new ArgumentException("No blobs are named; give at least one name or pattern.", nameof(namesOrGlobs));
    }

    public override int Parallelism => _container.Options.ParallelTransfers;

    public override string PathOf(string id) => $"{_container.Address}/{id}";

    public override InputBytes Open(string id) => new BlobBytes(_container.Blob(id), PathOf(id));

    public override IReadOnlyList<string> List()
    {
        try
        {
            _container.Ready();
            var ids = new SortedSet<string>(StringComparer.Ordinal);
            foreach (BlobGlob pattern in _patterns)
                ids.UnionWith(Find(pattern));
            return [.. ids];
        }
        catch (Exception e) when (BlobErrors.IsService(e) && e is not SourceFileException)
        {
            throw new SourceFileException(_container.Address, $"Cannot list {_container.Description}: {BlobErrors.Cause(e)}", e);
        }
    }

    private List<string> Find(BlobGlob pattern)
    {
        // Whether a blob that is named is there shows when it is opened.
        if (pattern.IsName)
            return [pattern.Given];
        List<string> found = [.. _container.Client.GetBlobs(prefix: pattern.Prefix)
            .Select(blob => blob.Name)
            .Where(name => pattern.Matches(name) && IsInput(name))];
        return found.Count > 0 ? found : throw new SourceFileException(pattern.Given,
            $"The pattern '{pattern.Given}' finds no blob in {_container.Description}; mend the pattern or put the input there.");
    }

    /// <summary>A sink's notes are nobody's input.</summary>
    private static bool IsInput(string name) => !$"/{name}".Contains($"/{StagingNames.Directory}/", StringComparison.Ordinal);

    private static BlobGlob Analyze(string given)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(given);
        return new BlobGlob(given);
    }
}
