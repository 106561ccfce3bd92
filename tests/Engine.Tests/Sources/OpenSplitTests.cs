using System.Globalization;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Sources;

public sealed class OpenSplitTests
{
    private const int SplitCount = 100;
    private const int RowsOfEach = 3;
    private const int MostOpen = 8;

    [Theory, InlineData(1), InlineData(2)]
    public async Task Of_many_splits_a_subtask_has_few_open_at_once_and_reads_them_all(int parallelism)
    {
        var source = new ManySplits();
        var collected = new Collected<Event>();
        await Run.ToEndAsync(job => job.From("splits", source).To("out", collected), Run.Options(parallelism));
        Assert.Equal(ManySplits.All.OrderBy(e => e.Number), collected.Rows.OrderBy(e => e.Number));
        Assert.InRange(source.MostLive, 2, MostOpen * parallelism);
        Assert.Equal((SplitCount, 0), (source.Opened, source.Live));
    }

    [Fact]
    public async Task Splits_that_wait_their_turn_hold_the_watermark_so_that_none_of_their_records_is_late()
    {
        var source = new ManySplits();
        var collected = new Collected<(long Start, int Count)>();
        await Run.ToEndAsync(job => job.From("splits", source).WithTimestamps(e => e.Time).KeyBy(e => e.Key)
            .Window(Tumbling.Of(TimeSpan.FromMilliseconds(1000))).Aggregate("count", new Counting()).To("out", collected));
        Assert.Equal(Enumerable.Range(0, RowsOfEach).Select(row => (row * 1000L, SplitCount)), collected.Rows.Order());
        Assert.InRange(source.MostLive, 2, MostOpen);
    }

    [Fact]
    public async Task A_job_that_goes_back_while_splits_wait_reads_each_record_once()
    {
        var source = new ManySplits();
        var collected = new Collected<Event>();
        int thrown = 0;
        EmbeddedJob? running = null;
        using EmbeddedJob job = Run.Job(
            job => job.From("splits", source)
                .Select(e => running!.Status.Checkpoints > 0 && Interlocked.Exchange(ref thrown, 1) == 0 ? throw new InvalidTimeZoneException("planted") : e)
                .To("out", collected),
            Run.Options(configure: o =>
            {
                o.Restart.Policy = RestartPolicy.FixedDelay;
                o.BatchSize = 1;
            }));
        running = job;

        // What is behind this record comes only when the checkpoint is complete.
        source.HeldAt = ManySplits.All.Count / 2;
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == source.HeldAt, "half is read");
        await job.CheckpointAsync().Soon();
        source.Release();
        await job.CompletesAsync();
        Assert.Equal(1, job.Status.Restarts);
        Assert.Equal(ManySplits.All.OrderBy(e => e.Number), collected.Rows.OrderBy(e => e.Number));
        Assert.InRange(source.MostLive, 2, MostOpen);
    }

    /// <summary>Gives a record a call and counts its readers.</summary>
    private sealed class ManySplits : Source<Event, int>
    {
        private readonly Lock _lock = new();
        private SourceContext? _context;
        private int _read;

        public static IReadOnlyList<Event> All { get; } = [.. Enumerable.Range(0, SplitCount).SelectMany(split => Enumerable.Range(0, RowsOfEach).Select(row => Row(split, row)))];

        public int HeldAt { get; set; } = int.MaxValue;

        public int Opened { get; private set; }

        public int Live { get; private set; }

        public int MostLive { get; private set; }

        public void Release()
        {
            lock (_lock)
                HeldAt = int.MaxValue;
            _context!.Wake();
        }

        public override ValueTask<IReadOnlyList<SourceSplit<int>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
            => new([.. Enumerable.Range(0, SplitCount).Select(split => new SourceSplit<int>(split.ToString(CultureInfo.InvariantCulture), 0))]);

        public override SplitReader<Event, int> OpenReader(string splitId, int position, SourceContext context)
        {
            lock (_lock)
            {
                _context = context;
                Opened++;
                MostLive = Math.Max(MostLive, ++Live);
            }

            return new Reader(this, int.Parse(splitId, CultureInfo.InvariantCulture), position);
        }

        private static Event Row(int split, int row) => new("all", (split * RowsOfEach) + row, row * 1000L);

        private sealed class Reader(ManySplits source, int split, int next) : SplitReader<Event, int>
        {
            private int _next = next;

            public override int Position => _next;

            public override ReadStatus Read(Batch<Event> batch)
            {
                lock (source._lock)
                {
                    if (source._read >= source.HeldAt)
                        return ReadStatus.Pending;
                    source._read++;
                }

                batch.Add(Row(split, _next++));
                return _next == RowsOfEach ? ReadStatus.Ended : ReadStatus.Ready;
            }

            protected override void Dispose(bool disposing)
            {
                lock (source._lock)
                    source.Live--;
                base.Dispose(disposing);
            }
        }
    }

    private sealed class Counting : WindowAggregate<string, Event, int, (long Start, int Count)>
    {
        public override void Add(ref int accumulator, in Event record) => accumulator++;

        public override (long Start, int Count) Result(string key, Window window, in int accumulator) => (window.StartMs, accumulator);
    }
}
