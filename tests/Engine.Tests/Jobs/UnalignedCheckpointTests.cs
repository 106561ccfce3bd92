using System.Globalization;
using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Jobs;

/// <summary>Checkpoints whose barriers overtake the records that a slow sink holds back.</summary>
public sealed class UnalignedCheckpointTests
{
    private readonly MemoryCheckpointStore _store = new();
    private readonly ManualTime _time = new();
    private readonly CapturedLog _log = new();

    /// <summary>With one subtask on both sides an exchange by key is fused: records in flight to it find channels all the same.</summary>
    [Theory, InlineData(2, 2), InlineData(3, 3), InlineData(1, 3), InlineData(3, 2), InlineData(3, 1)]
    public async Task What_was_in_flight_behind_blocked_sinks_comes_out_exactly_once_and_in_order_after_a_restart(int before, int after)
    {
        var flow = new Flow(3000);
        using (EmbeddedJob blocked = Start(flow.Build(isOpen: false), before))
        {
            await Wait.UntilAsync(() => flow.Refusals != 0, "a sink is blocked", meanwhile: flow.Wake);
            CheckpointAttempt attempt;
            do
            {
                await blocked.CheckpointAsync().Soon();
                attempt = blocked.CompletedCheckpoints[^1];
            }
            while (attempt.InFlightBytes == 0);
            Assert.True(attempt.Unaligned);
            Assert.True(attempt.Bytes > attempt.InFlightBytes);
            await blocked.CancelAsync().Soon();
        }

        flow.Complete();
        using EmbeddedJob open = Start(flow.Build(isOpen: true), after);
        await open.CompletesAsync();
        flow.CheckOutput();
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task Windows_in_the_middle_of_firing_fire_the_rest_after_a_restart(int parallelism)
    {
        const int keys = 30_000;
        Event[] events = [.. Enumerable.Range(0, keys).Select(n => new Event(n.ToString(CultureInfo.InvariantCulture), n, 1))];
        var collected = new Collected<string>();
        void Build(JobBuilder job, SlowSink<string> sink) => job.From("events", InMemory.From(events, parallelism)).WithTimestamps(e => e.Time).KeyBy(e => e.Key)
            .Window(Tumbling.Of(TimeSpan.FromSeconds(1))).Aggregate("windows", new Sum()).To("out", sink);
        var closed = new SlowSink<string>(collected);
        using (EmbeddedJob firing = Run.Job(job => Build(job, closed), Options(parallelism, o => o.BatchSize = 256)))
        {
            firing.Start();
            await Wait.UntilAsync(() => closed.Refusals >= 20, "the sink is blocked by what windows fire", meanwhile: closed.Wake);
            await firing.CheckpointAsync().Soon();
            await firing.CheckpointAsync().Soon();
            await firing.CancelAsync().Soon();
        }

        Assert.InRange(collected.Count, 1, keys - 1);
        using EmbeddedJob job = Run.Job(job => Build(job, new SlowSink<string>(collected).Open()), Options(parallelism));
        await job.CompletesAsync();
        Assert.Equal(events.Select(e => $"{e.Key}@0:{e.Number}").Order(StringComparer.Ordinal), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task Windows_that_have_fired_stay_fired_when_their_keys_move_to_a_subtask_that_had_not_come_so_far(int after)
    {
        Event[] events = Events.Make(2000);
        Feed<Event> feed = new Feed<Event>().Add(events);
        var kept = new Collected<string>();
        Action<JobBuilder> Build(SlowSink<string> sink) => job => job.From("events", feed).WithParallelism(1).WithTimestamps(e => e.Time).KeyBy(e => e.Key)
            .Window(Tumbling.Of(TimeSpan.FromMilliseconds(2))).AllowedLateness(TimeSpan.FromMinutes(1)).Aggregate("kept", new Sum()).To("kept-out", sink);
        var slow = new SlowSink<string>(kept, blocked: 1);
        using (EmbeddedJob first = Start(Build(slow), 2, o => o.ChannelCapacity = 16))
        {
            await Wait.UntilAsync(() => slow.Refusals >= 20, "one of the two window subtasks is blocked", meanwhile: slow.Wake);
            await first.CheckpointAsync().Soon();
            await first.CheckpointAsync().Soon();
            await first.CancelAsync().Soon();
        }

        feed.Complete();
        using EmbeddedJob second = Start(Build(new SlowSink<string>(kept).Open()), after);
        await second.CompletesAsync();
        Assert.Equal(events.GroupBy(e => (e.Key, Start: e.Time / 2 * 2)).Select(group => $"{group.Key.Key}@{group.Key.Start}:{group.Sum(e => e.Number)}").Order(StringComparer.Ordinal), kept.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Barriers_wait_for_the_timeout_before_they_overtake()
    {
        var flow = new Flow(3000);
        using EmbeddedJob job = Start(flow.Build(isOpen: false), 2, o => o.Checkpoints.Unaligned = UnalignedCheckpoints.AfterTimeout, _time);
        await Wait.UntilAsync(() => flow.Refusals != 0, "a sink is blocked", meanwhile: flow.Wake);
        Task<long> checkpoint = job.CheckpointAsync();
        int refusals = flow.Refusals;
        await Wait.UntilAsync(() => flow.Refusals > refusals + 100, "the subtasks have looked again and again", meanwhile: flow.Wake);
        Assert.False(checkpoint.IsCompleted);
        await Wait.UntilAsync(() => checkpoint.IsCompleted, "the checkpoint is complete", meanwhile: () => Pass(flow));
        CheckpointAttempt attempt = job.CompletedCheckpoints[^1];
        Assert.True(attempt.Unaligned);
        Assert.InRange(attempt.PerSubtask.Where(one => one.Unaligned).Min(one => one.AlignMs), 10_000, 600_000);
        await job.CancelAsync().Soon();
    }

    [Fact]
    public async Task Where_alignment_is_quick_nothing_is_overtaken_and_nothing_in_flight_is_kept()
    {
        var flow = new Flow(3000);
        using EmbeddedJob job = Start(flow.Build(isOpen: true), 2, o => o.Checkpoints.Unaligned = UnalignedCheckpoints.AfterTimeout, _time);
        for (int i = 0; i < 5; i++)
            await job.CheckpointAsync().Soon();
        Assert.DoesNotContain(job.CompletedCheckpoints, attempt => attempt.Unaligned || attempt.InFlightBytes != 0);
        flow.Complete();
        await job.CompletesAsync();
        flow.CheckOutput();
    }

    [Fact]
    public async Task A_stop_waits_for_the_records_in_front_of_its_barriers()
    {
        var flow = new Flow(3000);
        using EmbeddedJob job = Start(flow.Build(isOpen: false), 2);
        await Wait.UntilAsync(() => flow.Refusals != 0, "a sink is blocked", meanwhile: flow.Wake);
        Task<JobOutcome> stopped = job.StopAsync();
        int refusals = flow.Refusals;
        await Wait.UntilAsync(() => flow.Refusals > refusals + 100, "the subtasks have looked again and again", meanwhile: flow.Wake);
        Assert.False(stopped.IsCompleted);
        flow.Open();
        Assert.Equal(JobState.Stopped, (await stopped.Soon()).State);
        Assert.False(job.CompletedCheckpoints[^1].Unaligned);
    }

    [Fact]
    public async Task A_checkpoint_that_is_aborted_while_records_are_held_back_leaves_nothing_behind()
    {
        var flow = new Flow(3000);
        using EmbeddedJob job = Start(flow.Build(isOpen: false), 2, o =>
        {
            o.Checkpoints.Unaligned = UnalignedCheckpoints.AfterTimeout;
            o.Checkpoints.AlignmentTimeout = TimeSpan.FromDays(1);
            o.Checkpoints.Timeout = TimeSpan.FromSeconds(30);
        }, _time);
        await Wait.UntilAsync(() => flow.Refusals != 0, "a sink is blocked", meanwhile: flow.Wake);
        Task<long> checkpoint = job.CheckpointAsync();
        await Wait.UntilAsync(() => checkpoint.IsFaulted, "the checkpoint is aborted", meanwhile: () => Pass(flow));
        Assert.Contains("TimedOut", checkpoint.Exception!.InnerException!.Message, StringComparison.Ordinal);
        flow.Open();
        await job.CheckpointAsync().Soon();
        flow.Complete();
        await job.CompletesAsync();
        flow.CheckOutput();
    }

    [Fact]
    public async Task Streams_whose_records_cannot_be_written_down_are_named_at_the_start_and_stay_aligned()
    {
        var collected = new Collected<int>();
        void Build(JobBuilder job) => job.From("numbers", InMemory.From([.. Enumerable.Range(0, 100)], 2)).Select(n => new Unwritable(n)).KeyBy(u => u.Number)
            .Process("pass", () => new Opening()).To("out", collected);
        JobConfigurationException refused = Assert.Throws<JobConfigurationException>(() => Run.Job(Build, Options(2)));
        Assert.Contains("Checkpoints.Unaligned is Always, but the records on their way to 'pass', input 0", refused.Message, StringComparison.Ordinal);

        await Run.ToEndAsync(Build, Options(2, o => o.Checkpoints.Unaligned = UnalignedCheckpoints.AfterTimeout), _log);
        Assert.Contains(_log.Of(14), line => line.Text.Contains("'pass', input 0", StringComparison.Ordinal) && line.Text.Contains(nameof(Unwritable), StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(0, 100), collected.Rows.Order());
    }

    [Fact]
    public async Task A_version_that_no_longer_reads_what_is_in_flight_is_refused_naming_the_stream()
    {
        var flow = new Flow(3000);
        using (EmbeddedJob blocked = Start(flow.Build(isOpen: false), 2))
        {
            await Wait.UntilAsync(() => flow.Refusals != 0, "a sink is blocked", meanwhile: flow.Wake);
            do
                await blocked.CheckpointAsync().Soon();
            while (blocked.CompletedCheckpoints[^1].InFlightBytes == 0);
            await blocked.CancelAsync().Soon();
        }

        using EmbeddedJob other = Start(job => job.From("left", new Feed<Event>(3)).To("sums-out", new Collected<Event>()), 2);
        JobOutcome outcome = await other.EndsAsync();
        Assert.Equal(JobState.Failed, outcome.State);
        Assert.Contains("records in flight to '", outcome.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_contradict_each_other_are_told()
    {
        GristmillOptions options = Options(1, o =>
        {
            o.Checkpoints.Mode = CheckpointMode.AtLeastOnce;
            o.Checkpoints.AlignmentTimeout = TimeSpan.Zero;
        });
        Assert.Collection(
            options.Validate(),
            fault => Assert.Contains("Checkpoints.AlignmentTimeout in milliseconds is 0", fault, StringComparison.Ordinal),
            fault => Assert.Contains("Checkpoints.Unaligned is Always, but Checkpoints.Mode is AtLeastOnce", fault, StringComparison.Ordinal));
    }

    private void Pass(Flow flow)
    {
        _time.Advance(TimeSpan.FromMilliseconds(500));
        flow.Wake();
    }

    private GristmillOptions Options(int parallelism, Action<GristmillOptions>? configure = null) => Run.Options(parallelism, _store, o =>
    {
        o.Checkpoints.Unaligned = UnalignedCheckpoints.Always;
        configure?.Invoke(o);
    });

    private EmbeddedJob Start(Action<JobBuilder> build, int parallelism, Action<GristmillOptions>? configure = null, TimeProvider? time = null)
    {
        EmbeddedJob job = Run.Job(build, Options(parallelism, configure), _log, time);
        job.Start();
        return job;
    }

    /// <summary>A process with state, windows, timers, a join of two inputs and a side output, each into a sink of its own.</summary>
    private sealed class Flow
    {
        private static readonly string[] Sinks = ["sums", "windows", "kept", "timers", "join", "side"];
        private readonly Event[] _left;
        private readonly Event[] _right;
        private readonly Feed<Event> _leftFeed = new(3);
        private readonly Feed<Event> _rightFeed = new(2);
        private readonly Dictionary<string, Collected<string>> _collected = Sinks.ToDictionary(name => name, _ => new Collected<string>());
        private Dictionary<string, SlowSink<string>> _sinks = [];

        public Flow(int count)
        {
            _left = Events.Make(count);
            _right = Events.Make(count / 3, keys: 7);
            foreach (IGrouping<int, Event> split in _left.GroupBy(e => e.Key[0] % 3))
                _leftFeed.AddTo(split.Key, [.. split]);
            foreach (IGrouping<int, Event> split in _right.GroupBy(e => e.Key[0] % 2))
                _rightFeed.AddTo(split.Key, [.. split]);
        }

        public int Refusals => _sinks.Values.Sum(sink => sink.Refusals);

        public void Wake() => _sinks["sums"].Wake();

        public void Open()
        {
            foreach (SlowSink<string> sink in _sinks.Values)
                sink.Open();
        }

        public void Complete()
        {
            _leftFeed.Complete();
            _rightFeed.Complete();
        }

        public Action<JobBuilder> Build(bool isOpen)
        {
            _sinks = _collected.ToDictionary(one => one.Key, one => isOpen ? new SlowSink<string>(one.Value).Open() : new SlowSink<string>(one.Value));
            return job =>
            {
                var side = new SideOutput<int>("side");
                KeyedStream<string, Event> left = job.From("left", _leftFeed).WithTimestamps(e => e.Time).KeyBy(e => e.Key);
                KeyedStream<string, Event> right = job.From("right", _rightFeed).WithTimestamps(e => e.Time).KeyBy(e => e.Key);
                left.Process("sums", () => new RunningSum()).To("sums-out", _sinks["sums"]);
                left.Window(Tumbling.Of(TimeSpan.FromMilliseconds(100))).Aggregate("windows", new Sum()).Select(row => row).To("windows-out", _sinks["windows"]);
                left.Window(Tumbling.Of(TimeSpan.FromMilliseconds(100))).AllowedLateness(TimeSpan.FromMinutes(1)).Aggregate("kept", new Sum()).To("kept-out", _sinks["kept"]);
                left.Process("timers", () => new Timers()).To("timers-out", _sinks["timers"]);
                OperatorStream<string> join = left.Connect(right).Process("join", () => new Join(side));
                join.To("join-out", _sinks["join"]);
                join.SideOutput(side).Select(n => n.ToString(CultureInfo.InvariantCulture)).To("side-out", _sinks["side"]);
            };
        }

        public void CheckOutput()
        {
            Check("sums", Events.RunningSums(_left));
            List<string> windows = [.. _left.GroupBy(e => (e.Key, Start: e.Time / 100 * 100)).Select(group => $"{group.Key.Key}@{group.Key.Start}:{group.Sum(e => e.Number)}")];
            Check("windows", windows);
            Check("kept", windows);
            Check("timers", _left.Select(e => $"{e.Key}:{e.Time + 50}"));
            Check("join", Numbered("left", _left).Concat(Numbered("right", _right)));
            Check("side", _right.Select(e => e.Number.ToString(CultureInfo.InvariantCulture)));
        }

        private static IEnumerable<string> Numbered(string side, Event[] events)
            => events.GroupBy(e => e.Key).SelectMany(group => group.Select((e, i) => $"{group.Key} {side} {i + 1} {e.Number}"));

        private void Check(string sink, IEnumerable<string> expected)
            => Assert.Equal(expected.Order(StringComparer.Ordinal), _collected[sink].Rows.Order(StringComparer.Ordinal));
    }

    private sealed class Join(SideOutput<int> side) : KeyedProcessor<string, Event, Event, string>
    {
        private ValueState<(int Left, int Right)> _counts = null!;

        public override void Open(StateDeclarations states) => _counts = states.Value<(int, int)>("counts");

        public override void OnLeft(in Event record, ProcessorContext<string, string> context)
            => context.Emit($"{context.Key} left {++_counts.Update().Left} {record.Number}");

        public override void OnRight(in Event record, ProcessorContext<string, string> context)
        {
            context.Emit($"{context.Key} right {++_counts.Update().Right} {record.Number}");
            context.Emit(side, record.Number);
        }
    }

    private sealed class Timers : KeyedProcessor<string, Event, string>
    {
        public override void OnRecord(in Event record, ProcessorContext<string, string> context) => context.SetTimer(TimerKind.EventTime, record.Time + 50);

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, string> context) => context.Emit($"{context.Key}:{timer.Time}");
    }

    private sealed class Sum : WindowAggregate<string, Event, long, string>
    {
        public override void Add(ref long accumulator, in Event record) => accumulator += record.Number;

        public override string Result(string key, Window window, in long accumulator) => $"{key}@{window.StartMs}:{accumulator}";
    }

    private sealed class Opening : KeyedProcessor<int, Unwritable, int>
    {
        public override void OnRecord(in Unwritable record, ProcessorContext<int, int> context) => context.Emit(record.Number);
    }

    private sealed class Unwritable(int number)
    {
        private readonly Stream _open = Stream.Null;

        public int Number => _open.CanRead ? number : -1;
    }
}
