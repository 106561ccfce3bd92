namespace Gristmill.Engine.Tests.Sources;

/// <summary>What readers hear of committed positions when their splits end.</summary>
public sealed class CommittedPositionTests
{
    [Theory, InlineData(false), InlineData(true)]
    public async Task A_reader_hears_of_its_end_when_that_is_committed_and_only_then_is_closed(bool throttled)
    {
        var source = new TwoSplits(wantsCommitted: true);
        using EmbeddedJob job = Run.Job(job => job.From("splits", throttled ? source.Throttle(1000) : source).To("out", new Collected<int>()), Run.Options());
        job.Start();
        await Wait.UntilAsync(() => source.Ended == 1 && job.Status.RecordsIn == 3, "one split has ended, the other waits");
        Assert.Equal((2, 0), (source.Live, source.Told.Length));
        await job.CheckpointAsync().Soon();
        await Wait.UntilAsync(() => source.Live == 1, "the one that has ended is closed");
        Assert.Equal([("0", 2), ("1", 1)], source.Told.Order());
        source.Release();
        await job.CompletesAsync();
        Assert.Equal((0, 3), (source.Live, source.Told.Length));
        Assert.Equal(("1", 2), source.Told[^1]);
    }

    [Fact]
    public async Task A_reader_that_does_not_want_to_hear_is_closed_at_its_end()
    {
        var source = new TwoSplits(wantsCommitted: false);
        using EmbeddedJob job = Run.Job(job => job.From("splits", source).To("out", new Collected<int>()), Run.Options());
        job.Start();
        await Wait.UntilAsync(() => source.Live == 1 && job.Status.RecordsIn == 3, "one split has ended, the other waits");
        await job.CheckpointAsync().Soon();
        source.Release();
        await job.CompletesAsync();
        Assert.Equal((0, 0), (source.Live, source.Told.Length));
    }

    [Fact]
    public async Task A_reader_that_never_hears_of_a_checkpoint_is_closed_with_the_job()
    {
        var source = new TwoSplits(wantsCommitted: true);
        using EmbeddedJob job = Run.Job(job => job.From("splits", source).To("out", new Collected<int>()), Run.Options());
        job.Start();
        await Wait.UntilAsync(() => source.Ended == 1, "one split has ended");
        await job.CancelAsync().Soon();
        Assert.Equal((0, 0), (source.Live, source.Told.Length));
    }

    /// <summary>Two splits of two rows; the second has its last one held back.</summary>
    private sealed class TwoSplits(bool wantsCommitted) : Source<int, int>
    {
        private const int Rows = 2;
        private readonly Lock _lock = new();
        private readonly List<(string Split, int Position)> _told = [];
        private SourceContext? _context;
        private bool _isReleased;

        public int Live { get; private set; }

        public int Ended { get; private set; }

        public (string Split, int Position)[] Told
        {
            get
            {
                lock (_lock)
                    return [.. _told];
            }
        }

        public void Release()
        {
            lock (_lock)
                _isReleased = true;
            _context!.Wake();
        }

        public override ValueTask<IReadOnlyList<SourceSplit<int>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
            => new([new SourceSplit<int>("0", 0), new SourceSplit<int>("1", 0)]);

        public override SplitReader<int, int> OpenReader(string splitId, int position, SourceContext context)
        {
            lock (_lock)
            {
                _context = context;
                Live++;
            }

            return new Reader(this, splitId, position);
        }

        private sealed class Reader(TwoSplits source, string split, int next) : SplitReader<int, int>
        {
            private int _next = next;

            public override int Position => _next;

            public override bool WantsCommitted => source.WantsCommitted;

            public override ReadStatus Read(Batch<int> batch)
            {
                lock (source._lock)
                {
                    if (split == "1" && _next == Rows - 1 && !source._isReleased)
                        return ReadStatus.Pending;
                    batch.Add(_next++);
                    if (_next < Rows)
                        return ReadStatus.Ready;
                    source.Ended++;
                    return ReadStatus.Ended;
                }
            }

            public override void OnCommitted(int position)
            {
                lock (source._lock)
                    source._told.Add((split, position));
            }

            protected override void Dispose(bool disposing)
            {
                lock (source._lock)
                    source.Live--;
                base.Dispose(disposing);
            }
        }

        private bool WantsCommitted => wantsCommitted;
    }
}
