using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Engine.Tests.Sources;

public sealed class GeneratorTests
{
    private readonly ManualTime _time = new();

    [Theory, InlineData(1, 1), InlineData(3, 1), InlineData(3, 3), InlineData(2, 5)]
    public async Task It_makes_each_number_once_whatever_splits_and_parallelism(int parallelism, int splits)
    {
        var collected = new Collected<string>();
        await Run.ToEndAsync(job => job.From("numbers", Generator.Of(n => $"{n:D4}", count: 101, splits: splits)).To("out", collected), Run.Options(parallelism));
        Assert.Equal(Enumerable.Range(0, 101).Select(n => $"{n:D4}"), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task It_goes_on_with_the_very_next_number()
    {
        var store = new Gristmill.Checkpoints.MemoryCheckpointStore();
        var collected = new Collected<long>();
        void Build(JobBuilder job) => job.From("numbers", Generator.Sequence(perSecond: 5000, splits: 3)).To("out", collected);
        for (int run = 0; run < 3; run++)
        {
            using EmbeddedJob job = Run.Job(Build, Run.Options(1 + run, store));
            job.Start();
            await Wait.UntilAsync(() => job.Status.RecordsIn > 20, "some are made");
            await job.StopAsync().Soon();
        }

        // Each split's numbers are without gap or repetition.
        foreach (IGrouping<long, long> split in collected.Rows.GroupBy(n => n % 3))
            Assert.Equal(Enumerable.Range(0, split.Count()).Select(i => split.Key + (3L * i)), split.Order());
    }

    [Theory, InlineData(1.0), InlineData(3.0), InlineData(997.3), InlineData(123_456.7)]
    public void In_the_long_run_the_rate_is_exact_however_unevenly_it_is_asked(double rate)
    {
        const int splits = 2;
        var context = new Context(_time);
        DateTimeOffset started = _time.GetUtcNow();
        Source<long, long> source = Generator.Sequence(perSecond: rate, splits: splits);
        SplitReader<long, long>[] readers = [.. Enumerable.Range(0, splits).Select(split => Open(source, split, splits, split, context))];
        var random = new Random(1);
        var batch = new Batch<long>(64);
        long made = 0;
        for (int step = 0; step < 400; step++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(random.Next(0, rate > 1000 ? 20 : 3000)));
            foreach (SplitReader<long, long> reader in readers)
            {
                ReadStatus status;
                do
                {
                    batch.Reset();
                    status = reader.Read(batch);
                    made += batch.Count;
                }
                while (status == ReadStatus.Ready);
                Assert.Equal(ReadStatus.Pending, status);
                Assert.True(context.WakesAt > _time.GetUtcNow());
            }

            double elapsed = (_time.GetUtcNow() - started).TotalSeconds;
            Assert.InRange(made, Math.Floor(elapsed * rate), Math.Floor(elapsed * rate) + 1);
        }
    }

    [Fact]
    public void Woken_when_it_asked_to_be_it_has_a_record()
    {
        var context = new Context(_time);
        SplitReader<long, long> reader = Open(Generator.Sequence(perSecond: 3), 0, 1, 0, context);
        var batch = new Batch<long>(8);
        for (int n = 0; n < 100; n++)
        {
            batch.Reset();
            Assert.Equal(ReadStatus.Pending, reader.Read(batch));
            Assert.Equal([n], batch.Records.ToArray());

            // The engine rounds up to whole milliseconds.
            _time.Advance(TimeSpan.FromMilliseconds(Math.Floor((context.WakesAt - _time.GetUtcNow()).TotalMilliseconds) + 1));
        }
    }

    [Fact]
    public async Task A_paced_job_sleeps_until_the_next_record_is_due()
    {
        var collected = new Collected<long>();
        using EmbeddedJob job = Run.Job(job => job.From("numbers", Generator.Sequence(count: 3, perSecond: 0.1)).To("out", collected), time: _time);
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == 1, "the first is there at once");
        await job.CheckpointAsync().Soon();
        _time.Advance(TimeSpan.FromSeconds(9.9));
        await job.CheckpointAsync().Soon();
        Assert.Equal(1, job.Status.RecordsIn);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await Wait.UntilAsync(() => job.Status.RecordsIn == 2, "the second is due");
        _time.Advance(TimeSpan.FromSeconds(10));
        await job.CompletesAsync();
        Assert.Equal([0, 1, 2], collected.Rows);
    }

    [Fact]
    public void Asking_again_for_the_same_wake_up_wakes_nobody()
    {
        var waker = new Waker();
        var signals = new Gristmill.Runtime.SubtaskSignals(waker, _time);
        for (int i = 0; i < 3; i++)
            signals.WakeAt(_time.GetUtcNow().AddSeconds(1));
        Assert.Equal(1, waker.Woken);
        signals.WakeAt(_time.GetUtcNow());
        Assert.Equal(2, waker.Woken);
    }

    [Fact]
    public async Task More_endless_splits_than_can_run_are_refused_naming_the_remedy()
    {
        using EmbeddedJob job = Run.Job(job => job.From("numbers", Generator.Sequence(splits: 17)).To("out", new Collected<long>()), Run.Options(2));
        JobConfigurationException error = Assert.IsType<JobConfigurationException>((await job.EndsAsync()).Error);
        Assert.Contains("at most 16", Assert.Single(error.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_and_counts_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Generator.Sequence(perSecond: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Generator.Sequence(perSecond: double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Generator.Sequence(count: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Generator.Sequence(splits: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => InMemory.From([1], splits: 0));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2), InlineData(10)]
    public async Task A_list_is_divided_into_any_number_of_splits(int count)
    {
        var collected = new Collected<int>();
        await Run.ToEndAsync(job => job.From("list", InMemory.From(Enumerable.Range(0, count).ToArray(), 3)).To("out", collected), Run.Options(2));
        Assert.Equal(Enumerable.Range(0, count), collected.Rows.Order());
    }

    private static SplitReader<long, long> Open(Source<long, long> source, int split, int splits, long position, SourceContext context)
        => source.OpenReader(string.Create(CultureInfo.InvariantCulture, $"{split}/{splits}"), position, context);

    private sealed class Waker : Gristmill.Runtime.IWaker
    {
        public int Woken { get; private set; }

        public void Wake() => Woken++;
    }

    private sealed class Context(TimeProvider time) : SourceContext
    {
        public DateTimeOffset WakesAt { get; private set; }

        public override string Job => "job";

        public override string Operator => "numbers";

        public override int Subtask => 0;

        public override int Parallelism => 1;

        public override TimeProvider Time => time;

        public override ILogger Logger => NullLogger.Instance;

        public override void Wake()
        {
        }

        public override void WakeAt(DateTimeOffset utc) => WakesAt = utc;

        public override void ReportBadRecord(BadRecord bad) => throw new NotSupportedException();
    }
}
