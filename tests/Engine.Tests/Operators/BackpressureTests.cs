using System.Globalization;

namespace Gristmill.Engine.Tests.Operators;

/// <summary>A sink without room holds back what windows and timers fire, as it does the records.</summary>
public sealed class BackpressureTests
{
    private const int Keys = 50_000;

    /// <summary>What one step of a subtask fires at most, and as much again for what is on the way.</summary>
    private const int MostOfEach = 2 * 4096;

    [Theory, InlineData(1), InlineData(2)]
    public Task Windows_that_fire_wait_for_a_sink_that_has_no_room(int parallelism)
        => FiresWithinBoundsAsync(parallelism, (keyed, fired) => keyed.Window(Tumbling.Of(TimeSpan.FromSeconds(1))).Aggregate("windows", new Counting(fired)));

    [Theory, InlineData(1), InlineData(2)]
    public Task Timers_that_fire_wait_for_a_sink_that_has_no_room(int parallelism)
        => FiresWithinBoundsAsync(parallelism, (keyed, fired) => keyed.Process("timers", () => new AtTheEnd(fired)));

    [Theory, InlineData(1), InlineData(2)]
    public Task Windows_that_fire_wait_for_a_sink_behind_an_exchange(int parallelism)
        => FiresWithinBoundsAsync(
            parallelism,
            (keyed, fired) => keyed.Window(Tumbling.Of(TimeSpan.FromSeconds(1))).Aggregate("windows", new Counting(fired)).KeyBy(key => key).Process("pass", () => new Passing()));

    private static async Task FiresWithinBoundsAsync(int parallelism, Func<KeyedStream<string, Event>, Action, OperatorStream<string>> fires)
    {
        Event[] events = [.. Enumerable.Range(0, Keys).Select(n => new Event(n.ToString(CultureInfo.InvariantCulture), n, 1))];
        var sink = new ClosingSink<string>();
        int fired = 0;
        using EmbeddedJob job = Run.Job(
            job => fires(job.From("events", InMemory.From(events, parallelism)).WithTimestamps(e => e.Time).KeyBy(e => e.Key), () => Interlocked.Increment(ref fired)).To("out", sink),
            Run.Options(parallelism, configure: o => o.BatchSize = 256));
        job.Start();

        // Each look for room is a step that could have fired instead; they are more than it takes to fire everything.
        await Wait.UntilAsync(() => sink.Refusals >= 100, "the subtask has looked for room again and again", meanwhile: sink.Wake);
        Assert.InRange(Volatile.Read(ref fired), 1, MostOfEach * parallelism);
        Assert.InRange(sink.Count, 1, MostOfEach * parallelism);

        sink.Open();
        await job.CompletesAsync();
        Assert.Equal(Keys, sink.Count);
        Assert.Equal(events.Select(e => e.Key).Order(StringComparer.Ordinal), sink.Rows.Order(StringComparer.Ordinal));
        Assert.Equal(Keys, fired);
    }

    private sealed class Counting(Action fired) : WindowAggregate<string, Event, int, string>
    {
        public override void Add(ref int accumulator, in Event record) => accumulator++;

        public override string Result(string key, Window window, in int accumulator)
        {
            fired();
            return key;
        }
    }

    private sealed class AtTheEnd(Action fired) : KeyedProcessor<string, Event, string>
    {
        public override void OnRecord(in Event record, ProcessorContext<string, string> context) => context.SetTimer(TimerKind.EventTime, record.Time + 1000);

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, string> context)
        {
            fired();
            context.Emit(context.Key);
        }
    }

    private sealed class Passing : KeyedProcessor<string, string, string>
    {
        public override void OnRecord(in string record, ProcessorContext<string, string> context) => context.Emit(record);
    }
}
