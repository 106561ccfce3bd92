using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gristmill.Engine.Tests.Sources;

public sealed class ThrottleTests
{
    private readonly ManualTime _time = new();

    [Theory, InlineData(1), InlineData(3)]
    public void Over_all_its_readers_a_source_keeps_to_the_rate(int readers)
    {
        const double rate = 5000;
        var context = new Context(_time);
        var feed = new Feed<int>(readers);
        for (int split = 0; split < readers; split++)
            feed.AddTo(split, new int[20_000]);
        Source<int, long> source = feed.Throttle(rate);
        SplitReader<int, long>[] open = [.. Enumerable.Range(0, readers).Select(split => source.OpenReader($"{split}", 0, context))];
        var batch = new Batch<int>();
        long read = 0;
        for (int step = 0; step < 200; step++)
        {
            // Whatever the moment: what was missed in a tenth of a second is made up for, and not more.
            read += ReadAll(open, batch);
            _time.Advance(TimeSpan.FromMilliseconds(step % 2 == 0 ? 3 : 17));
        }

        Assert.InRange(read, 0.98 * rate * 2, (1.02 * rate * 2) + (readers * 50));
    }

    [Fact]
    public void A_reader_that_is_early_is_woken_when_its_time_has_come()
    {
        var context = new Context(_time);
        Source<int, long> source = new Feed<int>().Add(0, 1, 2).Throttle(4);
        using SplitReader<int, long> reader = source.OpenReader("0", 0, context);
        var batch = new Batch<int>();
        Assert.Equal(ReadStatus.Ready, reader.Read(batch));
        Assert.Equal(1, batch.Count);
        Assert.Equal(1, reader.Position);
        Assert.Equal(ReadStatus.Pending, reader.Read(batch));
        Assert.Equal(1, batch.Count);
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromMilliseconds(250), context.WokenAt);

        _time.Advance(TimeSpan.FromMilliseconds(250));
        reader.Read(batch);
        Assert.Equal([0, 1], batch.Records);
        Assert.Equal(2, reader.Position);
    }

    [Theory, InlineData(0.0), InlineData(-1.0), InlineData(double.NaN), InlineData(double.PositiveInfinity)]
    public void A_rate_that_is_none_is_refused(double rate)
        => Assert.Throws<ArgumentOutOfRangeException>(() => new Feed<int>().Throttle(rate));

    private static long ReadAll(SplitReader<int, long>[] readers, Batch<int> batch)
    {
        long read = 0;
        foreach (SplitReader<int, long> reader in readers)
        {
            ReadStatus status;
            do
            {
                batch.Reset();
                status = reader.Read(batch);
                read += batch.Count;
            }
            while (status == ReadStatus.Ready);
        }

        return read;
    }

    private sealed class Context(TimeProvider time) : SourceContext
    {
        public DateTimeOffset WokenAt { get; private set; }

        public override string Job => "job";

        public override string Operator => "source";

        public override int Subtask => 0;

        public override int Parallelism => 1;

        public override TimeProvider Time => time;

        public override ILogger Logger => NullLogger.Instance;

        public override void Wake()
        {
        }

        public override void WakeAt(DateTimeOffset utc) => WokenAt = utc;

        public override void ReportBadRecord(BadRecord bad) => throw new NotSupportedException();
    }
}
