using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Sinks;

/// <summary>A writer that would rather wait for what it has staged is held back, and never so that somebody waits for it.</summary>
public sealed class HoldBackTests
{
    [Theory, InlineData(1), InlineData(2)]
    public async Task It_is_held_back_until_its_output_is_published_and_then_goes_on(int parallelism)
    {
        Event[] events = Events.Make(2_000);
        var feed = new Feed<Event>().Add(events[..1_000]);
        var sink = new Reluctant { IsHeld = true };
        using EmbeddedJob job = Run.Job(job => job.From("events", feed).KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", sink), Run.Options(parallelism));
        job.Start();
        await Wait.UntilAsync(() => sink.Written == 1_000, "the first are written");
        Task<long> checkpoint = job.CheckpointAsync();
        await Wait.UntilAsync(() => sink.CommitsBegun == 1, "the commit has begun");
        feed.Add(events[1_000..]).Complete();
        await Wait.UntilAsync(() => sink.Asked > 0, "it is asked whether it would wait");
        Assert.InRange(sink.Written, 1_000, 1_000 + 100);
        sink.IsHeld = false;
        await checkpoint.Soon();
        await job.CompletesAsync();
        Assert.Equal(Events.RunningSums(events), sink.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_checkpoint_that_fails_holds_nothing_back()
    {
        Event[] events = Events.Make(500);
        var store = new FaultyStore(new MemoryCheckpointStore());
        var feed = new Feed<Event>().Add(events[..100]);
        var sink = new Reluctant();
        using EmbeddedJob job = Run.Job(job => job.From("events", feed).KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", sink), Run.Options(store: store));
        job.Start();
        await Wait.UntilAsync(() => sink.Written == 100, "the first are written");
        int failures = 1;
        store.Before = (operation, name) => operation == "create" && name.Contains("manifest", StringComparison.Ordinal) && Interlocked.Decrement(ref failures) >= 0
            ? Task.FromException(new IOException("planted")) : Task.CompletedTask;
        await Assert.ThrowsAsync<InvalidOperationException>(() => job.CheckpointAsync().Soon());
        feed.Add(events[100..]).Complete();
        await job.CompletesAsync();
        Assert.Equal(Events.RunningSums(events), sink.Rows.Order(StringComparer.Ordinal));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task In_the_middle_of_windows_that_fire_it_hears_that_it_may_go_on(bool late)
    {
        const int keys = 20_000;
        var feed = new Feed<Event>().Add(new Event("first", 0, 1), new Event("second", 0, 18));
        var sink = new Reluctant { IsHeld = true, Room = keys / 4 };
        using EmbeddedJob job = Run.Job(
            job => job.From("events", feed).WithTimestamps(e => e.Time).KeyBy(e => e.Key).Window(Tumbling.Of(TimeSpan.FromMilliseconds(10)))
                .AllowedLateness(TimeSpan.FromMilliseconds(late ? 5 : 0)).Aggregate("count", new Names()).To("out", sink),
            Run.Options(configure: o => o.Checkpoints.Timeout = TimeSpan.FromSeconds(20)));
        job.Start();
        await Wait.UntilAsync(() => sink.Written == 1, "the first window fires");
        Task<long> checkpoint = job.CheckpointAsync();
        await Wait.UntilAsync(() => sink.CommitsBegun == 1, "the commit has begun");

        // All of these fire at once, and the sink has had enough when a part of them has.
        feed.Add([.. Enumerable.Range(0, keys).Select(key => new Event($"{key}", key, 19))]).Add(new Event("last", 0, 100)).Complete();
        await Wait.UntilAsync(() => sink.Refusals > 0, "it would rather wait");
        Assert.InRange(sink.Written, keys / 4, keys - 1);
        sink.IsHeld = false;
        await checkpoint.Soon();
        await job.CompletesAsync();
        Assert.Equal(keys + 3, sink.Rows.Count);
    }

    private sealed class Names : WindowAggregate<string, Event, int, string>
    {
        public override void Add(ref int accumulator, in Event record) => accumulator++;

        public override string Result(string key, Window window, in int accumulator) => $"{key}:{accumulator}";
    }

    /// <summary>Always would rather wait; its commits are held as long as a test says.</summary>
    private sealed class Reluctant : TransactionalSink<string, string[]>
    {
        private readonly Lock _lock = new();
        private readonly HashSet<(long, int)> _applied = [];
        private readonly List<string> _rows = [];
        private int _written;
        private int _asked;
        private int _commits;
        private int _refusals;
        private volatile bool _isHeld;

        public bool IsHeld
        {
            get => _isHeld;
            set => _isHeld = value;
        }

        public int Written => Volatile.Read(ref _written);

        /// <summary>How many records of an epoch it takes gladly.</summary>
        public int Room { get; init; }

        public int Refusals => Volatile.Read(ref _refusals);

        /// <summary>How often it was asked since the first commit began.</summary>
        public int Asked => Volatile.Read(ref _asked);

        public int CommitsBegun => Volatile.Read(ref _commits);

        public IReadOnlyList<string> Rows
        {
            get
            {
                lock (_lock)
                    return [.. _rows];
            }
        }

        public override SinkWriter<string, string[]> OpenWriter(SinkContext context) => new Writer(this);

        public override async ValueTask CommitAsync(IReadOnlyList<Staged<string[]>> staged, SinkContext context, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _commits);
            while (_isHeld)
                await Task.Delay(1, cancellationToken);
            lock (_lock)
            {
                foreach (Staged<string[]> one in staged.Where(one => _applied.Add((one.Epoch, one.Subtask))))
                    _rows.AddRange(one.Value);
            }
        }

        private sealed class Writer(Reluctant sink) : SinkWriter<string, string[]>
        {
            private List<string> _epoch = [];

            public override bool PrefersToWait
            {
                get
                {
                    if (sink.CommitsBegun > 0)
                        Interlocked.Increment(ref sink._asked);
                    if (_epoch.Count < sink.Room)
                        return false;
                    Interlocked.Increment(ref sink._refusals);
                    return true;
                }
            }

            public override void Write(ReadOnlySpan<string> records)
            {
                _epoch.AddRange(records);
                Interlocked.Add(ref sink._written, records.Length);
            }

            public override ValueTask<StagedOutput<string[]>?> StageAsync(long epoch, CancellationToken cancellationToken)
            {
                string[] rows = [.. _epoch];
                _epoch = [];
                return new(rows.Length == 0 ? null : new StagedOutput<string[]>(rows, rows.Length, rows.Length));
            }
        }
    }
}
