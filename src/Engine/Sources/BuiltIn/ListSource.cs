using System.Globalization;

namespace Gristmill.Sources;

/// <summary>A list in contiguous parts; a position is the index of the next record.</summary>
internal sealed class ListSource<T>(IReadOnlyList<T> records, int splits) : Source<T, long>
{
    public override ValueTask<IReadOnlyList<SourceSplit<long>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
        => new([.. Enumerable.Range(0, splits).Select(split => new SourceSplit<long>(Id(split), First(split)))]);

    public override SplitReader<T, long> OpenReader(string splitId, long position, SourceContext context)
    {
        int split = int.Parse(splitId.AsSpan(0, splitId.IndexOf('/', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
        return new Reader(records, (int)position, First(split + 1));
    }

    private string Id(int split) => string.Create(CultureInfo.InvariantCulture, $"{split}/{splits}");

    private int First(int split) => (int)((long)records.Count * split / splits);

    private sealed class Reader(IReadOnlyList<T> records, int next, int end) : SplitReader<T, long>
    {
        private int _next = next;

        public override long Position => _next;

        public override ReadStatus Read(Batch<T> batch)
        {
            while (_next < end && !batch.IsFull)
                batch.Add(records[_next++]);
            return _next < end ? ReadStatus.Ready : ReadStatus.Ended;
        }
    }
}
