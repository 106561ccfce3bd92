using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Jobs;

public sealed class RescaleTests
{
    [Theory, InlineData(1, 3, 2), InlineData(3, 1, 3), InlineData(2, 16, 1)]
    public async Task State_splits_timers_and_windows_find_their_new_subtasks(params int[] parallelisms)
    {
        const int keys = 11;
        Event[] events = [.. Events.Make(900, keys).Select(e => e with { Time = e.Time * 10 })];
        var store = new MemoryCheckpointStore();
        var feed = new Feed<Event>(5);
        Collected<string> sums = new(), windows = new(), timers = new();
        int part = events.Length / parallelisms.Length;
        for (int run = 0; run < parallelisms.Length; run++)
        {
            for (int i = run * part; i < (run + 1) * part; i++)
                feed.AddTo(i % 5, events[i]);
            if (run == parallelisms.Length - 1)
                feed.Complete();
            using EmbeddedJob job = Run.Job(
                job =>
                {
                    KeyedStream<string, Event> byKey = job.From("events", feed).WithTimestamps(e => e.Time, TimeSpan.FromMilliseconds(100)).KeyBy(e => e.Key);
                    byKey.Process("sums", () => new Counting()).To("sums-out", sums);
                    byKey.Window(Tumbling.Of(TimeSpan.FromMilliseconds(700))).Aggregate("windows", new Sum()).To("windows-out", windows);
                    byKey.Process("timers", () => new Timers()).To("timers-out", timers);
                },
                Run.Options(parallelisms[run], store));
            job.Start();
            if (run == parallelisms.Length - 1)
            {
                await job.CompletesAsync();
                continue;
            }

            await Wait.UntilAsync(() => job.Status.RecordsIn == part, "this part is read");
            Assert.Equal(JobState.Stopped, (await job.StopAsync().Soon()).State);
        }

        Assert.Equal(events.GroupBy(e => e.Key).SelectMany(group => group.Select((_, i) => $"{group.Key}:{i + 1}")).Order(StringComparer.Ordinal), sums.Rows.Order(StringComparer.Ordinal));
        Assert.Equal(
            events.GroupBy(e => (e.Key, Start: e.Time / 700 * 700)).Select(group => $"{group.Key.Key}@{group.Key.Start}:{group.Sum(e => e.Number)}").Order(StringComparer.Ordinal),
            windows.Rows.Order(StringComparer.Ordinal));
        Assert.Equal(events.Select(e => $"{e.Key}:{e.Time + 5000}").Order(StringComparer.Ordinal), timers.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_window_that_has_fired_does_not_open_again_for_a_late_record_after_a_restart()
    {
        var store = new MemoryCheckpointStore();
        var feed = new Feed<Event>().Add(new Event("a", 1, 10), new Event("a", 2, 800));
        var collected = new Collected<string>();
        void Build(JobBuilder job) => job.From("events", feed).WithTimestamps(e => e.Time).KeyBy(e => e.Key).Window(Tumbling.Of(TimeSpan.FromMilliseconds(700))).Aggregate("windows", new Sum()).To("out", collected);
        using (EmbeddedJob first = Run.Job(Build, Run.Options(1, store)))
        {
            first.Start();
            await Wait.UntilAsync(() => first.Status.Watermark == 800, "the window has fired");
            await first.StopAsync().Soon();
        }

        feed.Add(new Event("a", 4, 20)).Complete();
        using EmbeddedJob second = Run.Job(Build, Run.Options(3, store));
        await second.CompletesAsync();
        Assert.Equal(["a@0:1", "a@700:2"], collected.Rows);
        Assert.Equal(1, second.Status.LateDropped);
    }

    [Fact]
    public async Task Processing_timers_and_windows_kept_for_late_records_survive_a_restart()
    {
        var store = new MemoryCheckpointStore();
        var time = new ManualTime();
        var feed = new Feed<Event>().Add(new Event("a", 1, 10), new Event("a", 2, 800));
        Collected<string> windows = new(), later = new();
        void Build(JobBuilder job)
        {
            KeyedStream<string, Event> byKey = job.From("events", feed).WithTimestamps(e => e.Time).KeyBy(e => e.Key);
            byKey.Window(Tumbling.Of(TimeSpan.FromMilliseconds(700))).AllowedLateness(TimeSpan.FromMilliseconds(700)).Aggregate("windows", new Sum()).To("windows-out", windows);
            byKey.Process("later", () => new Later()).To("later-out", later);
        }

        using (EmbeddedJob first = Run.Job(Build, Run.Options(1, store), time: time))
        {
            first.Start();
            await Wait.UntilAsync(() => first.Status.Watermark == 800, "the window has fired");
            await first.StopAsync().Soon();
        }

        time.Advance(TimeSpan.FromMinutes(2));
        feed.Add(new Event("a", 4, 20));
        using EmbeddedJob second = Run.Job(Build, Run.Options(2, store), time: time);
        second.Start();
        await Wait.UntilAsync(() => second.Progress.RecordsOut == 2, "the correction and the timer are out");
        feed.Complete();
        await second.CompletesAsync();
        Assert.Equal(["a@0:1", "a@0:5", "a@700:2"], windows.Rows);
        Assert.Equal(["a"], later.Rows);
    }

    private sealed class Counting : KeyedProcessor<string, Event, string>
    {
        private ValueState<int> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<int>("count");

        public override void OnRecord(in Event record, ProcessorContext<string, string> context) => context.Emit($"{context.Key}:{++_count.Update()}");
    }

    private sealed class Timers : KeyedProcessor<string, Event, string>
    {
        public override void OnRecord(in Event record, ProcessorContext<string, string> context) => context.SetTimer(TimerKind.EventTime, record.Time + 5000);

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, string> context) => context.Emit($"{context.Key}:{timer.Time}");
    }

    private sealed class Later : KeyedProcessor<string, Event, string>
    {
        public override void OnRecord(in Event record, ProcessorContext<string, string> context)
        {
            if (record.Number == 1)
                context.SetTimer(TimerKind.ProcessingTime, context.ProcessingTime + 60_000);
        }

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, string> context) => context.Emit(context.Key);
    }

    private sealed class Sum : WindowAggregate<string, Event, long, string>
    {
        public override void Add(ref long accumulator, in Event record) => accumulator += record.Number;

        public override string Result(string key, Window window, in long accumulator) => $"{key}@{window.StartMs}:{accumulator}";
    }
}
