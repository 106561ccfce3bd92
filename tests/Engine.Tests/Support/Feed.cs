using System.Globalization;

namespace Gristmill.Engine.Tests;

/// <summary>A replayable source the test feeds while the job runs; what was fed stays, so that a restored job reads it again.</summary>
internal sealed class Feed<T>(int splits = 1) : Source<T, long>
{
    private readonly Lock _lock = new();
    private readonly List<T>[] _rows = [.. Enumerable.Range(0, splits).Select(_ => new List<T>())];
    private readonly HashSet<SourceContext> _readers = [];
    private bool _complete;

    public Feed<T> Add(params T[] rows) => AddTo(0, rows);

    public Feed<T> AddTo(int split, params T[] rows)
    {
        lock (_lock)
            _rows[split].AddRange(rows);
        WakeAll();
        return this;
    }

    public Feed<T> Complete()
    {
        lock (_lock)
            _complete = true;
        WakeAll();
        return this;
    }

    public override ValueTask<IReadOnlyList<SourceSplit<long>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
        => new([.. Enumerable.Range(0, splits).Select(split => new SourceSplit<long>(split.ToString(CultureInfo.InvariantCulture), 0))]);

    public override SplitReader<T, long> OpenReader(string splitId, long position, SourceContext context)
    {
        lock (_lock)
            _readers.Add(context);
        return new Reader(this, _rows[int.Parse(splitId, CultureInfo.InvariantCulture)], (int)position);
    }

    private void WakeAll()
    {
        lock (_lock)
        {
            foreach (SourceContext reader in _readers)
                reader.Wake();
        }
    }

    private sealed class Reader(Feed<T> feed, List<T> rows, int next) : SplitReader<T, long>
    {
        private int _next = next;

        public override long Position => _next;

        public override ReadStatus Read(Batch<T> batch)
        {
            lock (feed._lock)
            {
                while (_next < rows.Count && !batch.IsFull)
                    batch.Add(rows[_next++]);
                return _next < rows.Count ? ReadStatus.Ready : feed._complete ? ReadStatus.Ended : ReadStatus.Pending;
            }
        }
    }
}
