using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Jobs;

public sealed class JobCheckTests
{
    [Fact]
    public void All_faults_of_options_and_job_are_told_at_once()
    {
        GristmillOptions options = new() { Parallelism = 0, WorkerThreads = 0, KeyGroups = 0, BatchSize = 0, ChannelCapacity = 3 };
        options.Checkpoints.Interval = TimeSpan.Zero;
        options.Checkpoints.MaxConcurrent = 17;
        options.Checkpoints.Retain = 0;
        options.Restart.Multiplier = 0.5;
        options.Restart.Delay = TimeSpan.FromMinutes(5);
        string[] faults = Faults(_ => { }, options, name: "a/b");
        foreach (string expected in new[]
        {
            "Parallelism is 0", "WorkerThreads is 0", "KeyGroups is 0", "BatchSize is 0", "ChannelCapacity is 3", "power of two", "Checkpoints.Interval in milliseconds is 0",
            "Checkpoints.MaxConcurrent is 17", "Checkpoints.Retain is 0", "no store", "Restart.Multiplier is 0.5", "Restart.LongestDelay", "its name", "no source", "no sink",
        })
            Assert.Contains(faults, fault => fault.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Retention_that_is_ill_or_more_than_a_head_names_is_refused()
    {
        var options = new GristmillOptions();
        options.Checkpoints.UseMemory().RetainFor = TimeSpan.Zero;
        options.Checkpoints.RetentionTiers.Add(TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1)).Add(TimeSpan.FromHours(2), TimeSpan.FromHours(1));
        Assert.Collection(
            options.Validate(),
            fault => Assert.StartsWith("Checkpoints.RetainFor in milliseconds is 0;", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("Checkpoints.RetentionTiers[0].Every in milliseconds is 1;", fault, StringComparison.Ordinal),
            fault => Assert.StartsWith("Checkpoints.RetentionTiers[1].For in milliseconds is 3600000; it must be from 7200000", fault, StringComparison.Ordinal));

        // 360 of an hour at 10 s; and 25 + 8 by tiers.
        options.Checkpoints.RetainFor = TimeSpan.FromHours(1);
        options.Checkpoints.RetentionTiers.Clear();
        options.Checkpoints.RetentionTiers.Add(TimeSpan.FromHours(1), TimeSpan.FromDays(1)).Add(TimeSpan.FromDays(1), TimeSpan.FromDays(7));
        Assert.Contains("together 394 checkpoints, and at most 256", Assert.Single(options.Validate()), StringComparison.Ordinal);
        options.Checkpoints.Interval = TimeSpan.FromMinutes(1);
        Assert.Empty(options.Validate());
        options.Checkpoints.Retain = 224;
        Assert.Contains("Checkpoints.Retain is 224", Assert.Single(options.Validate()), StringComparison.Ordinal);
    }

    [Fact]
    public void Defaults_need_nothing_but_a_store()
    {
        var options = new GristmillOptions();
        Assert.Contains("UseFiles", Assert.Single(options.Validate()), StringComparison.Ordinal);
        options.Checkpoints.UseMemory();
        Assert.Empty(options.Validate());
    }

    [Fact]
    public void Missing_double_and_ill_names_are_told_with_the_operators_that_have_them()
    {
        string[] faults = Faults(job =>
        {
            Stream<Event> events = job.From("in", InMemory.Of(Events.Make(1)));
            events.KeyBy(e => e.Key).Process("", () => new RunningSum()).To("out", new Collected<string>());
            events.KeyBy(e => e.Key).Process("OUT", () => new RunningSum()).To("a/b", new Collected<string>());
        });
        Assert.Contains(faults, fault => fault.Contains("process", StringComparison.Ordinal) && fault.Contains("no name", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("a sink and a process", StringComparison.Ordinal) || fault.Contains("a process and a sink", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("'a/b'", StringComparison.Ordinal));
        Assert.Equal(3, faults.Length);
    }

    [Fact]
    public void State_that_cannot_be_kept_is_refused_naming_operator_state_type_and_member()
    {
        string fault = Assert.Single(Faults(job => job.From("in", InMemory.Of(1)).KeyBy(n => n).Process("bad", () => new Holding<WithStream>()).To("out", new Collected<int>())));
        Assert.Contains("Process 'bad'", fault, StringComparison.Ordinal);
        Assert.Contains("'held'", fault, StringComparison.Ordinal);
        Assert.Contains(nameof(WithStream), fault, StringComparison.Ordinal);
        Assert.Contains("Source", fault, StringComparison.Ordinal);
        Assert.Contains("Stream", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Doubled_states_and_too_many_are_refused()
    {
        string[] faults = Faults(job =>
        {
            Stream<int> numbers = job.From("in", InMemory.Of(1));
            numbers.KeyBy(n => n).Process("doubled", () => new Declaring(["a", "b", "a"])).To("out", new Collected<int>());
            numbers.KeyBy(n => n).Process("many", () => new Declaring([.. Enumerable.Range(0, 16).Select(n => $"s{n}")])).To("out2", new Collected<int>());
        });
        Assert.Contains(faults, fault => fault.Contains("'a' is declared 2 times", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("16 states", StringComparison.Ordinal));
    }

    [Fact]
    public void A_key_without_equality_by_value_is_refused()
    {
        string[] faults = Faults(job =>
        {
            Stream<int> numbers = job.From("in", InMemory.Of(1));
            numbers.KeyBy(n => new int[] { n }).Process("arrays", () => new Passing<int[]>()).To("out", new Collected<int>());
            numbers.KeyBy(n => new PlainClass { Number = n }).Process("objects", () => new Passing<PlainClass>()).To("out2", new Collected<int>());
        });
        Assert.Contains(faults, fault => fault.Contains("'arrays'", StringComparison.Ordinal) && fault.Contains("key", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("'objects'", StringComparison.Ordinal) && fault.Contains(nameof(PlainClass), StringComparison.Ordinal));
    }

    [Fact]
    public void An_accumulator_that_cannot_be_kept_and_a_parallelism_above_the_key_groups_are_refused()
    {
        string[] faults = Faults(job => job.From("in", InMemory.Of(Events.Make(1))).WithTimestamps(e => e.Time).KeyBy(e => e.Key)
            .Window(Tumbling.Of(TimeSpan.FromSeconds(1))).Aggregate("window", new Holder()).WithParallelism(17).To("out", new Collected<int>()));
        Assert.Contains(faults, fault => fault.Contains("Window 'window'", StringComparison.Ordinal) && fault.Contains("accumulator", StringComparison.Ordinal) && fault.Contains("Action", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("parallelism is 17", StringComparison.Ordinal) && fault.Contains("16", StringComparison.Ordinal));
    }

    [Fact]
    public void Dead_letters_without_a_reader_and_staged_rows_that_cannot_be_kept_are_refused()
    {
        string[] faults = Faults(job => job.From("in", InMemory.Of(new WithStream())).OnBadRecord(BadRecordPolicy.DeadLetter).To("out", new Collected<WithStream>()));
        Assert.Contains(faults, fault => fault.Contains("Source 'in'", StringComparison.Ordinal) && fault.Contains("dead letters", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Contains("Sink 'out'", StringComparison.Ordinal) && fault.Contains(nameof(WithStream), StringComparison.Ordinal));
    }

    [Fact]
    public void Durations_and_sizes_that_make_no_sense_are_refused_where_they_are_said()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Tumbling.Of(TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tumbling.Of(TimeSpan.FromTicks(12345)));
        var builder = new JobBuilder();
        Stream<Event> events = builder.From("in", InMemory.Of(Events.Make(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => events.WithTimestamps(e => e.Time, TimeSpan.FromMilliseconds(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => events.WithTimestamps(e => e.Time, idleAfter: TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => events.WithParallelism(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => events.KeyBy(e => e.Key).Window(Tumbling.Of(TimeSpan.FromSeconds(1))).AllowedLateness(TimeSpan.FromSeconds(-1)));
    }

    [Fact]
    public async Task Hardly_meant_settings_are_warned_of_at_start()
    {
        var log = new CapturedLog();
        await Run.ToEndAsync(
            job => job.From("in", InMemory.Of(1)).To("lines", ConsoleLines.Write<int>(writer: TextWriter.Null)),
            Run.Options(configure: o =>
            {
                o.Checkpoints.Periodic = true;
                o.Checkpoints.Interval = TimeSpan.FromMilliseconds(999);
                o.Checkpoints.Incremental = false;
            }),
            log);
        Assert.Contains(log.Of(14), line => line.Text.Contains("Interval is 999 ms", StringComparison.Ordinal));
        Assert.Contains(log.Of(14), line => line.Text.Contains("memory", StringComparison.Ordinal));
        Assert.Contains(log.Of(14), line => line.Text.Contains("'lines' delivers at least once", StringComparison.Ordinal));
        Assert.Equal(3, log.Of(14).Count);
    }

    [Fact]
    public async Task A_sound_job_is_not_warned_of()
    {
        using var folder = new Checkpoints.TempFolder();
        var log = new CapturedLog();
        await Run.ToEndAsync(
            job => job.From("in", InMemory.Of(1)).To("out", new Collected<int>()),
            Run.Options(store: new FileCheckpointStore(folder.Path), configure: o => o.Checkpoints.Periodic = true),
            log);
        Assert.Empty(log.Of(14));
        Assert.DoesNotContain(log.Lines, line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    private static string[] Faults(Action<JobBuilder> build, GristmillOptions? options = null, string name = "job")
    {
        JobConfigurationException e = Assert.Throws<JobConfigurationException>(() => Run.Job(build, options, name: name).Dispose());
        foreach (string fault in e.Faults)
            Assert.Contains(fault, e.Message, StringComparison.Ordinal);
        return [.. e.Faults];
    }

    internal sealed class WithStream
    {
        public int Number { get; set; }

        public System.IO.Stream? Source { get; set; }
    }

    internal sealed class PlainClass
    {
        public int Number { get; set; }
    }

    private sealed class Holding<T> : KeyedProcessor<int, int, int>
    {
        public override void Open(StateDeclarations states) => states.Value<T>("held");

        public override void OnRecord(in int record, ProcessorContext<int, int> context)
        {
        }
    }

    private sealed class Declaring(string[] names) : KeyedProcessor<int, int, int>
    {
        public override void Open(StateDeclarations states)
        {
            foreach (string name in names)
                states.Value<int>(name);
        }

        public override void OnRecord(in int record, ProcessorContext<int, int> context)
        {
        }
    }

    private sealed class Passing<TKey> : KeyedProcessor<TKey, int, int>
    {
        public override void OnRecord(in int record, ProcessorContext<TKey, int> context) => context.Emit(in record);
    }

    private sealed class Holder : WindowAggregate<string, Event, Action, int>
    {
        public override void Add(ref Action accumulator, in Event record)
        {
        }

        public override int Result(string key, Window window, in Action accumulator) => 0;
    }
}
