namespace Gristmill.Engine.Tests.Operators;

public sealed class WindowTests
{
    private static readonly SideOutput<Event> Late = new("late");

    [Theory, InlineData(1), InlineData(3)]
    public async Task Tumbling_windows_hold_each_record_once_and_fire_once(int parallelism)
    {
        Event[] events = [.. Events.Make(400).Select(e => e with { Time = (e.Time * 7) - 1000 })];
        var collected = new Collected<string>();
        await Run.ToEndAsync(
            job => job.From("events", InMemory.Of(events)).WithTimestamps(e => e.Time).KeyBy(e => e.Key)
                .Window(Tumbling.Of(TimeSpan.FromMilliseconds(100))).Aggregate("sums", new Summing()).To("out", collected),
            Run.Options(parallelism));
        IEnumerable<string> expected = events
            .GroupBy(e => (e.Key, Start: (long)Math.Floor(e.Time / 100.0) * 100))
            .Select(group => $"{group.Key.Key}@{group.Key.Start}-{group.Key.Start + 100}:{group.Count()}:{group.Sum(e => e.Number)}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Windows_fire_in_order_of_time_as_the_watermark_passes_their_ends_and_not_before()
    {
        var feed = new Feed<Event>().Add(new Event("a", 1, 5), new Event("a", 2, 109));
        var collected = new Collected<string>();
        using EmbeddedJob job = Run.Job(job => Windows(job, feed, out _).To("out", collected));
        job.Start();
        await Wait.UntilAsync(() => job.Status.Watermark == 99, "the watermark is a millisecond before the end");
        await job.CheckpointAsync().Soon();
        Assert.Empty(collected.Rows);

        feed.Add(new Event("b", 3, 110));
        await Wait.UntilAsync(() => job.Status.Watermark == 100, "the watermark is at the end");
        await job.CheckpointAsync().Soon();
        Assert.Equal(["a@0-100:1:1"], collected.Rows);

        feed.Complete();
        await job.CompletesAsync();
        Assert.Equal(["a@0-100:1:1", "a@100-200:1:2", "b@100-200:1:3"], collected.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Late_records_are_counted_and_dropped()
    {
        var feed = new Feed<Event>().Add(new Event("a", 1, 5), new Event("a", 2, 500));
        var collected = new Collected<string>();
        using EmbeddedJob job = Run.Job(job => Windows(job, feed, out _).To("out", collected));
        job.Start();
        await Wait.UntilAsync(() => job.Status.Watermark == 490, "the first window is past");
        feed.Add(new Event("a", 4, 99), new Event("b", 8, 50), new Event("a", 16, 400)).Complete();
        await job.CompletesAsync();
        Assert.Equal(["a@0-100:1:1", "a@400-500:1:16", "a@500-600:1:2"], collected.Rows.Order(StringComparer.Ordinal));
        Assert.Equal(2, job.Status.LateDropped);
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task Late_records_go_to_the_side_output_as_they_were(int parallelism)
    {
        var feed = new Feed<Event>().Add(new Event("a", 1, 5), new Event("a", 2, 500));
        Collected<string> collected = new();
        Collected<Event> late = new();
        using EmbeddedJob job = Run.Job(
            job =>
            {
                OperatorStream<string> sums = Windows(job, feed, out _, windowed => windowed.LateTo(Late));
                sums.To("out", collected);
                sums.SideOutput(Late).To("late", late);
            },
            Run.Options(parallelism));
        job.Start();
        await Wait.UntilAsync(() => job.Status.Watermark == 490, "the first window is past");

        // The status shows the source's watermark; a record of the open window shows that the window operator has it too.
        await job.CheckpointAsync().Soon();
        feed.Add(new Event("a", 4, 99), new Event("b", 8, 50)).Complete();
        await job.CompletesAsync();
        Assert.Equal([new("a", 4, 99), new("b", 8, 50)], late.Rows.OrderBy(e => e.Number));
        Assert.Equal(["a@0-100:1:1", "a@500-600:1:2"], collected.Rows.Order(StringComparer.Ordinal));
        Assert.Equal(0, job.Status.LateDropped);
    }

    [Fact]
    public async Task Within_the_allowed_lateness_a_record_corrects_the_result_and_after_it_is_late()
    {
        var feed = new Feed<Event>().Add(new Event("a", 1, 5), new Event("a", 2, 160));
        Collected<string> collected = new();
        Collected<Event> late = new();
        using EmbeddedJob job = Run.Job(
            job =>
            {
                OperatorStream<string> sums = Windows(job, feed, out _, windowed => windowed.AllowedLateness(TimeSpan.FromMilliseconds(100)).LateTo(Late));
                sums.To("out", collected);
                sums.SideOutput(Late).To("late", late);
            });
        job.Start();
        await Wait.UntilAsync(() => job.Status.Watermark == 150, "the first window is past, and within its lateness");
        feed.Add(new Event("a", 4, 99), new Event("b", 8, 50));
        await Wait.UntilAsync(() => job.Progress.RecordsOut == 3, "the corrections are out");
        feed.Add(new Event("a", 16, 210));
        await Wait.UntilAsync(() => job.Status.Watermark == 200, "its lateness is over");
        feed.Add(new Event("a", 32, 98)).Complete();
        await job.CompletesAsync();
        Assert.Equal(["a@0-100:1:1", "a@0-100:2:5", "b@0-100:1:8", "a@100-200:1:2", "a@200-300:1:16"], collected.Rows);
        Assert.Equal([new Event("a", 32, 98)], late.Rows);
    }

    [Fact]
    public async Task More_windows_than_fire_in_one_step_all_fire()
    {
        Event[] events = [.. Enumerable.Range(0, 20_000).Select(n => new Event($"k{n % 10_000}", n, n < 10_000 ? 1 : 150))];
        var collected = new Collected<string>();
        await Run.ToEndAsync(
            job => Windows(job, InMemory.Of(events), out _, windowed => windowed.AllowedLateness(TimeSpan.FromMilliseconds(1))).To("out", collected),
            Run.Options(configure: o => o.BatchSize = 512));
        Assert.Equal(20_000, collected.Rows.Distinct().Count());
        Assert.Equal(20_000, collected.Count);
    }

    [Fact]
    public async Task Results_carry_the_last_instant_of_their_window_so_that_windows_can_follow_windows()
    {
        Event[] events = [.. Events.Make(100, keys: 2)];
        var collected = new Collected<string>();
        await Run.ToEndAsync(job => Windows(job, InMemory.Of(events), out _, size: 10)
            .KeyBy(row => row[..3]).Window(Tumbling.Of(TimeSpan.FromMilliseconds(50))).Aggregate("again", new Counting()).To("out", collected));
        Assert.Equal(["ant@0:5", "ant@50:5", "bee@0:5", "bee@50:5"], collected.Rows.Order(StringComparer.Ordinal));
    }

    private static OperatorStream<string> Windows(
        JobBuilder job, Source<Event> source, out SourceStream<Event> stream, Func<WindowedStream<string, Event>, WindowedStream<string, Event>>? configure = null, int size = 100)
    {
        stream = job.From("events", source);
        WindowedStream<string, Event> windowed = stream.WithTimestamps(e => e.Time, TimeSpan.FromMilliseconds(10)).KeyBy(e => e.Key).Window(Tumbling.Of(TimeSpan.FromMilliseconds(size)));
        return (configure?.Invoke(windowed) ?? windowed).Aggregate("sums", new Summing());
    }

    private sealed class Summing : WindowAggregate<string, Event, (int Count, long Sum), string>
    {
        public override void Add(ref (int Count, long Sum) accumulator, in Event record)
        {
            accumulator.Count++;
            accumulator.Sum += record.Number;
        }

        public override string Result(string key, Window window, in (int Count, long Sum) accumulator)
            => $"{key}@{window.StartMs}-{window.EndMs}:{accumulator.Count}:{accumulator.Sum}";
    }

    private sealed class Counting : WindowAggregate<string, string, int, string>
    {
        public override void Add(ref int accumulator, in string record) => accumulator++;

        public override string Result(string key, Window window, in int accumulator) => $"{key}@{window.StartMs}:{accumulator}";
    }
}
