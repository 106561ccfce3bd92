using System.Globalization;
using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests.Sources;

public sealed class GrowingSourceTests
{
    [Theory, InlineData(1), InlineData(3)]
    public async Task Splits_that_come_to_be_while_the_job_runs_are_read_once_each(int parallelism)
    {
        var source = new Growing().Grow(2);
        var collected = new Collected<string>();
        using EmbeddedJob job = Run.Job(job => job.From("splits", source).To("out", collected), Run.Options(parallelism));
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == source.Rows.Count, "the first are read");
        source.Grow(7);
        await Wait.UntilAsync(() => job.Status.RecordsIn == source.Rows.Count, "those that came are read too");
        await job.CheckpointAsync().Soon();
        Assert.Equal(source.Rows.Order(), collected.Rows.Order());
    }

    [Fact]
    public async Task A_source_that_grows_has_no_end_even_where_a_subtask_has_no_split()
    {
        var source = new Growing();
        using EmbeddedJob job = Run.Job(job => job.From("splits", source).To("out", new Collected<string>()), Run.Options(2));
        job.Start();
        await job.CheckpointAsync().Soon();
        Assert.Equal(JobState.Running, job.Status.State);
        source.Grow(1);
        await Wait.UntilAsync(() => job.Status.RecordsIn == source.Rows.Count, "it is read");
    }

    [Theory, InlineData(1, 2), InlineData(2, 1), InlineData(3, 2)]
    public async Task After_a_failure_a_split_that_came_goes_on_where_the_checkpoint_left_it(int before, int after)
    {
        var source = new Growing().Grow(2);
        var collected = new Collected<string>();
        var store = new MemoryCheckpointStore();
        using (EmbeddedJob first = Run.Job(job => job.From("splits", source).To("out", collected), Run.Options(before, store)))
        {
            first.Start();
            source.Grow(3);
            await Wait.UntilAsync(() => first.Status.RecordsIn == source.Rows.Count, "all are read");
            await first.CheckpointAsync().Soon();
            Assert.False(source.WasResuming);
            await first.CancelAsync();
        }

        int published = collected.Count;
        source.Grow(1).Lengthen();
        using EmbeddedJob second = Run.Job(job => job.From("splits", source).To("out", collected), Run.Options(after, store));
        second.Start();
        await Wait.UntilAsync(() => second.Status.RecordsIn == source.Rows.Count - published, "what is new is read");
        await second.CheckpointAsync().Soon();
        Assert.Equal(source.Rows.Order(), collected.Rows.Order());
        Assert.True(source.WasResuming);
    }

    [Fact]
    public async Task Readers_are_told_of_a_position_only_when_its_checkpoint_is_committed()
    {
        var source = new Growing().Grow(1);
        var store = new FaultyStore(new MemoryCheckpointStore());
        using EmbeddedJob job = Run.Job(job => job.From("splits", source).To("out", new Collected<string>()), Run.Options(1, store));
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == source.Rows.Count, "all is read");
        Assert.Empty(source.Told);
        await job.CheckpointAsync().Soon();
        await Wait.UntilAsync(() => source.Told.Count == 1, "the reader is told");
        Assert.Equal(("0", Growing.RowsAtFirst), source.Told[0]);
        source.Lengthen();
        await Wait.UntilAsync(() => job.Status.RecordsIn == source.Rows.Count, "the rest is read");
        Assert.Single(source.Told);
        await job.CheckpointAsync().Soon();
        await Wait.UntilAsync(() => source.Told.Count == 2, "the reader is told again");
        Assert.Equal(("0", Growing.RowsAtFirst + 1), source.Told[1]);
    }

    [Fact]
    public async Task A_watcher_without_owners_is_refused_in_words()
    {
        var source = new Growing { HasOwners = false }.Grow(1);
        using EmbeddedJob job = Run.Job(job => job.From("splits", source).To("out", new Collected<string>()));
        JobOutcome outcome = await job.EndsAsync();
        Assert.Contains("its OwnerOf must say which subtask reads '0'", outcome.Error?.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Splits of a few rows, which become more and longer.</summary>
    private sealed class Growing : Source<string, int>
    {
        public const int RowsAtFirst = 5;
        private readonly Lock _lock = new();
        private readonly List<List<string>> _splits = [];
        private readonly HashSet<SourceContext> _contexts = [];
        private readonly List<(string Split, int Position)> _told = [];

        public bool HasOwners { get; init; } = true;

        public bool WasResuming { get; private set; }

        public override int MostOpenSplits => int.MaxValue;

        public IReadOnlyList<string> Rows
        {
            get
            {
                lock (_lock)
                    return [.. _splits.SelectMany(rows => rows)];
            }
        }

        public IReadOnlyList<(string Split, int Position)> Told
        {
            get
            {
                lock (_lock)
                    return [.. _told];
            }
        }

        public Growing Grow(int splits)
        {
            lock (_lock)
            {
                for (int i = 0; i < splits; i++)
                    _splits.Add([.. Enumerable.Range(0, RowsAtFirst).Select(row => $"{_splits.Count}-{row}")]);
            }

            return WakeAll();
        }

        public Growing Lengthen()
        {
            lock (_lock)
            {
                for (int i = 0; i < _splits.Count; i++)
                    _splits[i].Add($"{i}-{_splits[i].Count}");
            }

            return WakeAll();
        }

        public override ValueTask<IReadOnlyList<SourceSplit<int>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
        {
            WasResuming = context.IsResuming;
            return new(HasOwners ? All() : []);
        }

        public override SplitReader<string, int> OpenReader(string splitId, int position, SourceContext context)
        {
            lock (_lock)
                return new Reader(this, splitId, _splits[int.Parse(splitId, CultureInfo.InvariantCulture)], position);
        }

        public override int? OwnerOf(string splitId, int parallelism) => HasOwners ? int.Parse(splitId, CultureInfo.InvariantCulture) % parallelism : null;

        public override SplitWatcher<int> OpenWatcher(SourceContext context)
        {
            lock (_lock)
                _contexts.Add(context);
            return new Watcher(this);
        }

        private IReadOnlyList<SourceSplit<int>> All()
        {
            lock (_lock)
                return [.. _splits.Select((_, i) => new SourceSplit<int>(i.ToString(CultureInfo.InvariantCulture), 0))];
        }

        private Growing WakeAll()
        {
            lock (_lock)
            {
                foreach (SourceContext context in _contexts)
                    context.Wake();
            }

            return this;
        }

        private sealed class Watcher(Growing source) : SplitWatcher<int>
        {
            public override IReadOnlyList<SourceSplit<int>> TakeFound() => source.All();
        }

        private sealed class Reader(Growing source, string id, List<string> rows, int next) : SplitReader<string, int>
        {
            private int _next = next;

            public override int Position => _next;

            public override bool WantsCommitted => true;

            public override ReadStatus Read(Batch<string> batch)
            {
                lock (source._lock)
                {
                    while (_next < rows.Count && !batch.IsFull)
                        batch.Add(rows[_next++]);
                    return _next < rows.Count ? ReadStatus.Ready : ReadStatus.Pending;
                }
            }

            public override void OnCommitted(int position)
            {
                lock (source._lock)
                    source._told.Add((id, position));
            }
        }
    }
}
