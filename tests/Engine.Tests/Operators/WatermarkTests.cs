namespace Gristmill.Engine.Tests.Operators;

public sealed class WatermarkTests
{
    [Fact]
    public async Task The_watermark_is_that_of_the_split_that_is_furthest_behind()
    {
        var feed = new Feed<Event>(2).AddTo(0, new Event("a", 1, 1000)).AddTo(1, new Event("b", 2, 500));
        using EmbeddedJob job = Run.Job(job => job.From("events", feed).WithTimestamps(e => e.Time, TimeSpan.FromMilliseconds(100)).To("out", new Collected<Event>()));
        job.Start();
        await Wait.UntilAsync(() => job.Status.Watermark == 400, "the slower split's time less the bound");
        feed.AddTo(1, new Event("b", 3, 2000));
        await Wait.UntilAsync(() => job.Status.Watermark == 900, "now the other is behind");
        feed.AddTo(1, new Event("b", 4, 10));
        feed.Complete();
        await job.CompletesAsync();
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task A_split_that_never_delivers_holds_the_watermark_until_it_is_idle(int parallelism)
    {
        var time = new ManualTime();
        var feed = new Feed<Event>(2).AddTo(1, new Event("a", 1, 50), new Event("a", 2, 1000));
        var collected = new Collected<string>();
        using EmbeddedJob job = Run.Job(job => Count(job, feed, TimeSpan.FromSeconds(10)).To("out", collected), Run.Options(parallelism), time: time);
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == 2, "the records are read");
        await job.CheckpointAsync().Soon();
        time.Advance(TimeSpan.FromSeconds(9));
        await job.CheckpointAsync().Soon();
        Assert.Empty(collected.Rows);

        // The other one is awake still, the silent one is idle.
        feed.AddTo(1, new Event("a", 3, 1001));
        await Wait.UntilAsync(() => job.Status.RecordsIn == 3, "the record is read");
        time.Advance(TimeSpan.FromSeconds(2));
        await Wait.UntilAsync(() => job.Progress.RecordsOut == 1, "the window has fired");
        feed.Complete();
        await job.CompletesAsync();
        Assert.Equal(["a@0:1", "a@1000:2"], collected.Rows);
    }

    [Fact]
    public async Task An_idle_split_that_speaks_again_is_waited_for_again()
    {
        var time = new ManualTime();
        var feed = new Feed<Event>(2).AddTo(0, new Event("a", 1, 100)).AddTo(1, new Event("b", 2, 100));
        using EmbeddedJob job = Run.Job(job => job.From("events", feed).WithTimestamps(e => e.Time, idleAfter: TimeSpan.FromSeconds(10)).To("out", new Collected<Event>()), time: time);
        job.Start();
        await Wait.UntilAsync(() => job.Status.Watermark == 100, "both are at 100");
        time.Advance(TimeSpan.FromSeconds(11));
        feed.AddTo(0, new Event("a", 3, 900));
        await Wait.UntilAsync(() => job.Status.Watermark == 900, "the idle split is not waited for");
        feed.AddTo(1, new Event("b", 4, 950));
        await Wait.UntilAsync(() => job.Status.RecordsIn == 4, "it has spoken");
        feed.AddTo(0, new Event("a", 5, 2000));
        await Wait.UntilAsync(() => job.Status.Watermark == 950, "it is waited for again");
        feed.Complete();
        await job.CompletesAsync();
    }

    [Fact]
    public async Task Two_streams_with_timestamps_of_their_own_go_by_the_slower_one()
    {
        Feed<Event> fast = new Feed<Event>().Add(new Event("a", 1, 50), new Event("a", 2, 5000)), slow = new Feed<Event>().Add(new Event("a", 4, 60));
        var collected = new Collected<string>();
        using EmbeddedJob job = Run.Job(
            job => job.From("fast", fast).WithTimestamps(e => e.Time).Union(job.From("slow", slow).WithTimestamps(e => e.Time))
                .KeyBy(e => e.Key).Window(Tumbling.Of(TimeSpan.FromSeconds(1))).Aggregate("count", new Counting()).To("out", collected),
            Run.Options(2));
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == 3, "the records are read");
        await job.CheckpointAsync().Soon();
        Assert.Empty(collected.Rows);
        slow.Add(new Event("a", 8, 1000));
        await Wait.UntilAsync(() => job.Progress.RecordsOut == 1, "the slow one has passed the window's end");
        fast.Complete();
        slow.Complete();
        await job.CompletesAsync();
        Assert.Equal(["a@0:2", "a@1000:1", "a@5000:1"], collected.Rows);
    }

    [Theory, InlineData(DateTimeKind.Utc), InlineData(DateTimeKind.Unspecified)]
    public async Task Timestamps_may_be_dates_and_a_date_without_a_zone_is_UTC(DateTimeKind kind)
    {
        DateTime time = new(2001, 9, 9, 1, 46, 40, kind);
        var collected = new Collected<long>();
        await Run.ToEndAsync(job =>
        {
            Stream<DateTime> dates = job.From("dates", InMemory.Of(time));
            Stream<DateTime> byValue = dates.WithTimestamps(d => d), byReference = dates.WithTimestamps((in DateTime d) => d);
            Stream<DateTime> withOffset = dates.WithTimestamps(d => new DateTimeOffset(DateTime.SpecifyKind(d, DateTimeKind.Unspecified), TimeSpan.FromHours(2)));
            byValue.Union(byReference, withOffset).KeyBy(_ => 0).Process("tell", () => new Time()).To("out", collected);
        });
        Assert.Equal([999_992_800_000, 1_000_000_000_000, 1_000_000_000_000], collected.Rows.Order());
    }

    private static OperatorStream<string> Count(JobBuilder job, Source<Event> source, TimeSpan idleAfter)
        => job.From("events", source).WithTimestamps(e => e.Time, idleAfter: idleAfter).KeyBy(e => e.Key).Window(Tumbling.Of(TimeSpan.FromSeconds(1))).Aggregate("count", new Counting());

    private sealed class Counting : WindowAggregate<string, Event, int, string>
    {
        public override void Add(ref int accumulator, in Event record) => accumulator++;

        public override string Result(string key, Window window, in int accumulator) => $"{key}@{window.StartMs}:{accumulator}";
    }

    private sealed class Time : KeyedProcessor<int, DateTime, long>
    {
        public override void OnRecord(in DateTime record, ProcessorContext<int, long> context) => context.Emit(context.Timestamp);
    }
}
