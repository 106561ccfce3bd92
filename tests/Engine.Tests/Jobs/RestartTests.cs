using Gristmill.Engine.Tests.Operators;
using Microsoft.Extensions.Logging;

namespace Gristmill.Engine.Tests.Jobs;

public sealed class RestartTests
{
    private const int Count = 2000;

    [Theory, InlineData(1, RestartPolicy.FixedDelay), InlineData(3, RestartPolicy.FixedDelay), InlineData(3, RestartPolicy.Exponential)]
    public async Task After_a_users_exception_the_job_goes_back_to_its_checkpoint_and_the_output_is_exact(int parallelism, RestartPolicy policy)
    {
        Event[] events = Events.Make(Count);
        var collected = new Collected<string>();
        var log = new CapturedLog();
        var faults = new Faults(events, 3);
        using EmbeddedJob job = Run.Job(
            job => job.From("events", InMemory.From(events, 3)).Select(faults.Pass).KeyBy(e => e.Key).Process("sums", () => new RunningCount()).To("out", collected),
            Run.Options(parallelism, configure: o =>
            {
                o.Restart.Policy = policy;
                o.Checkpoints.Periodic = true;
                o.Checkpoints.Interval = TimeSpan.FromMilliseconds(2);
            }),
            log);
        await job.CompletesAsync();
        Assert.Equal(RunningCount.Expected(events), collected.Rows.Order(StringComparer.Ordinal));

        // Of two subtasks that fail in one generation the first is its end.
        int restarts = job.Status.Restarts;
        Assert.InRange(restarts, parallelism == 1 ? 3 : 1, 3);

        // The cause is in the log once for each failure, with its stack, and nothing else is an error.
        IReadOnlyList<CapturedLog.Line> errors = [.. log.Lines.Where(line => line.Level >= LogLevel.Error)];
        Assert.Equal(restarts, errors.Count);
        Assert.All(errors, line =>
        {
            Assert.Equal(5, line.Id);
            Assert.Contains("planted", line.Text, StringComparison.Ordinal);
            Assert.IsType<InvalidTimeZoneException>(line.Error);
        });
        Assert.Equal(restarts, log.Of(6).Count);
    }

    [Fact]
    public async Task Without_restarts_the_first_failure_ends_the_job_with_its_cause()
    {
        var log = new CapturedLog();
        using EmbeddedJob job = Run.Job(job => job.From("in", InMemory.Of(1)).Select<int>(_ => throw new InvalidTimeZoneException("planted")).To("out", new Collected<int>()), log: log);
        JobOutcome outcome = await job.EndsAsync();
        Assert.Equal(JobState.Failed, outcome.State);
        Assert.IsType<InvalidTimeZoneException>(Assert.IsType<JobFailedException>(outcome.Error).InnerException);
        Assert.Single(log.Of(5));
        Assert.Empty(log.Of(6));
        Assert.Equal(JobState.Failed, job.Status.State);
    }

    [Fact]
    public async Task After_the_last_attempt_the_job_fails_for_good()
    {
        var log = new CapturedLog();
        using EmbeddedJob job = Run.Job(
            job => job.From("in", InMemory.Of(1)).Select<int>(_ => throw new InvalidTimeZoneException("planted")).To("out", new Collected<int>()),
            Run.Options(configure: o =>
            {
                o.Restart.Policy = RestartPolicy.FixedDelay;
                o.Restart.MostAttempts = 4;
            }),
            log);
        Assert.Equal(JobState.Failed, (await job.EndsAsync()).State);
        Assert.Equal(4, job.Status.Restarts);
        Assert.Equal(5, log.Of(5).Count);
    }

    [Fact]
    public async Task Exponential_delays_grow_up_to_the_cap_by_the_hosts_clock()
    {
        var log = new CapturedLog();
        var time = new ManualTime();
        using EmbeddedJob job = Run.Job(
            job => job.From("in", InMemory.Of(1)).Select<int>(_ => throw new InvalidTimeZoneException("planted")).To("out", new Collected<int>()),
            Run.Options(configure: o =>
            {
                o.Restart.Policy = RestartPolicy.Exponential;
                o.Restart.Delay = TimeSpan.FromSeconds(1);
                o.Restart.LongestDelay = TimeSpan.FromSeconds(5);
                o.Restart.MostAttempts = 5;
            }),
            log,
            time);
        job.Start();
        for (int restart = 1; restart <= 5; restart++)
        {
            await Wait.UntilAsync(() => log.Of(6).Count == restart && job.Status.State == JobState.Restarting, $"restart {restart} waits");
            await Wait.UntilAsync(() => log.Of(5).Count > restart, $"restart {restart} comes", meanwhile: () => time.Advance(TimeSpan.FromSeconds(1)));
        }

        Assert.Equal(JobState.Failed, (await job.EndsAsync()).State);
        Assert.Equal([1000, 2000, 4000, 5000, 5000], log.Of(6).Select(line => int.Parse(line.Text.Split(" in ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_sink_and_a_timer_that_throw_are_failures_like_any_other()
    {
        Event[] events = Events.Make(100);
        var collected = new Collected<string>();
        int thrown = 0;
        using EmbeddedJob job = Run.Job(
            job => job.From("events", InMemory.Of(events)).WithTimestamps(e => e.Time).KeyBy(e => e.Key)
                .Process("timers", () => new Throwing(() => Interlocked.Increment(ref thrown) == 5)).To("out", collected),
            Run.Options(configure: o => o.Restart.Policy = RestartPolicy.FixedDelay));
        await job.CompletesAsync();
        Assert.Equal(1, job.Status.Restarts);
        Assert.Equal(events.Select(e => $"{e.Key} {e.Time + 1}").Order(StringComparer.Ordinal), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_store_that_is_away_at_the_start_is_tried_again()
    {
        int calls = 0;
        var store = new FaultyStore { Before = (operation, _) => operation == "head" && ++calls <= 2 ? throw new Gristmill.Checkpoints.CheckpointStoreException("planted: away") : Task.CompletedTask };
        var collected = new Collected<int>();
        using EmbeddedJob job = Run.Job(job => job.From("in", InMemory.Of(1)).To("out", collected), Run.Options(store: store, configure: o => o.Restart.Policy = RestartPolicy.FixedDelay));
        await job.CompletesAsync();
        Assert.Equal(2, job.Status.Restarts);
        Assert.Equal([1], collected.Rows);
    }

    /// <summary>Throws at a few records, once each.</summary>
    private sealed class Faults(Event[] events, int count)
    {
        private readonly HashSet<int> _left = [.. Enumerable.Range(1, count).Select(n => events[n * events.Length / (count + 1)].Number)];

        public Event Pass(Event e)
        {
            lock (_left)
                return _left.Remove(e.Number) ? throw new InvalidTimeZoneException($"planted at {e.Number}") : e;
        }
    }

    /// <summary>Emits each key's count up to a record and the sum at the end: the same whatever the order between splits.</summary>
    private sealed class RunningCount : KeyedProcessor<string, Event, string>
    {
        private ValueState<int> _count = null!;

        public static IReadOnlyList<string> Expected(Event[] events)
            => [.. events.GroupBy(e => e.Key).SelectMany(group => group.Select((_, i) => $"{group.Key}:{i + 1}")).Order(StringComparer.Ordinal)];

        public override void Open(StateDeclarations states) => _count = states.Value<int>("count");

        public override void OnRecord(in Event record, ProcessorContext<string, string> context) => context.Emit($"{context.Key}:{++_count.Update()}");
    }

    private sealed class Throwing(Func<bool> throws) : KeyedProcessor<string, Event, string>
    {
        public override void OnRecord(in Event record, ProcessorContext<string, string> context) => context.SetTimer(TimerKind.EventTime, record.Time + 1);

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, string> context)
        {
            if (throws())
                throw new InvalidTimeZoneException("planted");
            context.Emit($"{context.Key} {timer.Time}");
        }
    }
}
