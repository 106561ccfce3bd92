using System.Globalization;
using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Jobs;

/// <summary>The parallelism is changed while records flow. Whatever comes of it, the output is that of a run in which nothing was changed.</summary>
public sealed class LiveRescaleTests
{
    [Theory, InlineData(true, 1, 3, 2), InlineData(true, 4, 1, 16), InlineData(false, 2, 3, 1)]
    public async Task Up_and_down_under_load_nothing_is_lost_or_doubled(bool incremental, params int[] parallelisms)
    {
        var bed = new Bed(parallelisms[0], o =>
        {
            o.Checkpoints.Incremental = incremental;
            o.Checkpoints.Periodic = true;
            o.Checkpoints.Interval = TimeSpan.FromMilliseconds(7);
        });
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(2000);
        for (int i = 1; i < parallelisms.Length; i++)
        {
            Task<RescaleResult> rescaling = job.RescaleAsync(parallelisms[i], TestContext.Current.CancellationToken);
            await bed.FlowsUntilAsync(rescaling);
            RescaleResult result = await rescaling;
            Assert.Equal((null, parallelisms[i - 1], parallelisms[i], i + 1), (result.Operator, result.From, result.To, result.Generation));
            Assert.True(result.Stopped >= result.LastCheckpoint, $"{result}");
            Assert.True(result.HadInput);
            Assert.Equal((parallelisms[i], result, 0), (job.Status.Parallelism, job.Status.LastRescale, job.Status.Restarts));
            await bed.FlowsAsync(1000);
        }

        await bed.CompletesAsync();
        Assert.Equal(parallelisms.Length - 1, bed.Log.Of(23).Count);
        Assert.Empty(bed.Log.Of(24));
    }

    [Fact]
    public async Task Checkpoints_and_savepoints_in_the_middle_of_it_are_part_of_it()
    {
        var bed = new Bed(2);
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(1000);
        using var gate = bed.HoldReads();
        Task<RescaleResult> rescaling = job.RescaleAsync(3, TestContext.Current.CancellationToken);
        await gate.IsMet.Soon();
        for (int i = 0; i < 5; i++)
        {
            await bed.FlowsAsync(200);
            await job.CheckpointAsync().Soon();
        }

        await bed.FlowsAsync(200);
        gate.Open();
        await bed.FlowsUntilAsync(rescaling);
        await job.SavepointAsync("after", cancellationToken: TestContext.Current.CancellationToken).Soon();
        Assert.Equal(3, (await rescaling).To);
        await bed.CompletesAsync();
    }

    [Fact]
    public async Task One_operator_alone_is_changed_by_its_name()
    {
        var bed = new Bed(2);
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(1000);
        RescaleResult result = await job.RescaleAsync("sums", 5, TestContext.Current.CancellationToken).Soon();
        Assert.Equal(("sums", 2, 5), (result.Operator, result.From, result.To));
        await bed.FlowsAsync(1000);

        // What was said of the operator lasts when the rest is changed.
        await job.RescaleAsync(3, TestContext.Current.CancellationToken).Soon();
        await job.CheckpointAsync().Soon();
        Manifest manifest = await bed.NewestAsync();
        Assert.Equal((5, 3), (manifest.Operators["sums"].Parallelism, manifest.Operators["timers"].Parallelism));
        await bed.CompletesAsync();
    }

    [Fact]
    public async Task It_lasts_over_failures_and_ends_with_the_process()
    {
        var bed = new Bed(2);
        using (EmbeddedJob job = bed.Start())
        {
            await bed.FlowsAsync(1000);
            await job.RescaleAsync(4, TestContext.Current.CancellationToken).Soon();
            bed.Fail();
            await Wait.UntilAsync(() => job.Status is { Restarts: 1, State: JobState.Running }, "the job has restarted");
            Assert.Equal(4, job.Status.Parallelism);
            await bed.FlowsAsync(500);
            await job.StopAsync().Soon();
            Assert.Equal(4, (await bed.NewestAsync()).Operators["sums"].Parallelism);
        }

        using EmbeddedJob anew = bed.Start();
        await bed.FlowsAsync(500);
        Assert.Equal(2, anew.Status.Parallelism);
        await bed.CompletesAsync();
    }

    [Fact]
    public async Task The_history_tells_it_with_the_first_checkpoint_behind_it()
    {
        var bed = new Bed(1);
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(500);
        RescaleResult result = await job.RescaleAsync(2, TestContext.Current.CancellationToken).Soon();
        await job.CheckpointAsync().Soon();
        await job.CheckpointAsync().Soon();
        await bed.CompletesAsync();
        HistoryPage history = await CheckpointHistory.ReadAsync(bed.Store, "job", cancellationToken: TestContext.Current.CancellationToken);
        RescaleLine line = Assert.Single(history.Attempts, attempt => attempt.Rescale is not null).Rescale!;
        Assert.Equal((1, 2, result.At), (line.From, line.To, line.At));
        Assert.Equal(result.Stopped.TotalMilliseconds, line.StoppedMs, 2);
        Assert.Equal(result.Checkpoint + 1, history.Attempts.First(attempt => attempt.Rescale is not null).Checkpoint);
    }

    [Fact]
    public async Task Without_input_it_is_over_all_the_same()
    {
        var bed = new Bed(1);
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(500);
        RescaleResult result = await job.RescaleAsync(2, TestContext.Current.CancellationToken).Soon();
        Assert.False(result.HadInput);
        await bed.CompletesAsync();
    }

    [Fact]
    public async Task If_the_state_cant_be_read_the_job_goes_on_as_it_was()
    {
        var bed = new Bed(2);
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(1000);
        bed.Store.Before = (operation, name) => operation == "read" && name.EndsWith(".state", StringComparison.Ordinal)
            ? throw new CheckpointStoreException("planted") : Task.CompletedTask;
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => job.RescaleAsync(3, TestContext.Current.CancellationToken).Soon());
        Assert.Contains("planted", error.Message, StringComparison.Ordinal);
        bed.Store.Before = null;
        Assert.Equal((JobState.Running, 1L, 2, null), (job.Status.State, job.Status.Generation, job.Status.Parallelism, job.Status.LastRescale));
        await bed.FlowsAsync(500);

        // The next one starts from nothing.
        await job.RescaleAsync(3, TestContext.Current.CancellationToken).Soon();
        await bed.CompletesAsync();
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task If_a_checkpoint_before_the_last_fails_the_job_goes_on_as_it_was(int which)
    {
        var bed = new Bed(2);
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(1000);
        bed.FailFileOf(which);
        await Assert.ThrowsAsync<InvalidOperationException>(() => job.RescaleAsync(3, TestContext.Current.CancellationToken).Soon());
        Assert.Equal((JobState.Running, 1L, 0), (job.Status.State, job.Status.Generation, job.Status.Restarts));
        await bed.CompletesAsync();
    }

    [Fact]
    public async Task If_the_last_checkpoint_fails_the_job_restarts_from_the_newest_as_it_was()
    {
        var bed = new Bed(2);
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(1000);
        bed.FailFileOf(3);
        Task<RescaleResult> rescaling = job.RescaleAsync(3, TestContext.Current.CancellationToken);
        await bed.FlowsUntilAsync(rescaling);
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => rescaling);
        Assert.Contains("aborted", error.Message, StringComparison.Ordinal);
        await Wait.UntilAsync(() => job.Status is { State: JobState.Running, Generation: 2 }, "the job has restarted");
        Assert.Equal((2, 1), (job.Status.Parallelism, job.Status.Restarts));
        await bed.CompletesAsync();
    }

    [Fact]
    public async Task If_the_new_subtasks_cant_start_the_job_goes_back_to_the_old_parallelism()
    {
        var bed = new Bed(2) { Refused = 3 };
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(1000);
        Task<RescaleResult> rescaling = job.RescaleAsync(3, TestContext.Current.CancellationToken);
        await bed.FlowsUntilAsync(rescaling);
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => rescaling);
        Assert.Contains("not with 3", error.Message, StringComparison.Ordinal);
        await Wait.UntilAsync(() => job.Status.State == JobState.Running, "the job has restarted");
        Assert.Equal(2, job.Status.Parallelism);
        Assert.Contains("not with 3", Assert.Single(bed.Log.Of(24)).Text, StringComparison.Ordinal);
        await bed.FlowsAsync(500);
        await job.RescaleAsync(4, TestContext.Current.CancellationToken).Soon();
        await bed.CompletesAsync();
    }

    [Fact]
    public async Task If_what_the_last_checkpoint_changed_cant_be_read_yet_it_is_waited_for()
    {
        var bed = new Bed(2);
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(1000);
        int refused = 0;
        bed.Store.Before = (operation, name) => operation == "read" && name.Contains("checkpoint-000003/", StringComparison.Ordinal) && name.EndsWith(".state", StringComparison.Ordinal) && refused++ == 0
            ? throw new CheckpointStoreException("planted") : Task.CompletedTask;
        Task<RescaleResult> rescaling = job.RescaleAsync(3, TestContext.Current.CancellationToken);
        await bed.FlowsUntilAsync(rescaling);
        Assert.Equal(3, (await rescaling).To);
        Assert.NotEmpty(bed.Log.Of(18));
        await bed.CompletesAsync();
    }

    [Fact]
    public async Task If_the_job_fails_meanwhile_it_restarts_as_it_was()
    {
        var bed = new Bed(2);
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(1000);
        await job.CheckpointAsync().Soon();
        using var gate = bed.HoldReads();
        Task<RescaleResult> rescaling = job.RescaleAsync(3, TestContext.Current.CancellationToken);
        await gate.IsMet.Soon();
        bed.Fail();
        await Assert.ThrowsAsync<InvalidOperationException>(() => rescaling.Soon());
        gate.Open();
        await Wait.UntilAsync(() => job.Status is { Restarts: 1, State: JobState.Running }, "the job has restarted");
        Assert.Equal(2, job.Status.Parallelism);
        await bed.CompletesAsync();
    }

    [Fact]
    public async Task Who_gives_up_finds_the_job_as_it_was()
    {
        var bed = new Bed(2);
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(1000);
        using var gate = bed.HoldReads();
        using var givesUp = new CancellationTokenSource();
        Task<RescaleResult> rescaling = job.RescaleAsync(3, givesUp.Token);
        await gate.IsMet.Soon();
        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => rescaling.Soon());
        gate.Open();
        Assert.Equal((JobState.Running, 1L), (job.Status.State, job.Status.Generation));
        await bed.CompletesAsync();
    }

    [Fact]
    public async Task A_second_one_is_refused_until_the_first_is_over()
    {
        var bed = new Bed(2);
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(1000);
        using var gate = bed.HoldReads();
        Task<RescaleResult> first = job.RescaleAsync(3, TestContext.Current.CancellationToken);
        await gate.IsMet.Soon();
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => job.RescaleAsync(4, TestContext.Current.CancellationToken).Soon());
        Assert.Contains("is being changed to parallelism 3", error.Message, StringComparison.Ordinal);
        gate.Open();
        await bed.FlowsUntilAsync(first);
        Assert.Equal(3, (await first).To);
        Assert.Equal(4, (await job.RescaleAsync(4, TestContext.Current.CancellationToken).Soon()).To);
        await bed.CompletesAsync();
    }

    [Theory, InlineData("stop", JobState.Stopped), InlineData("cancel", JobState.Cancelled), InlineData("drain", JobState.Completed)]
    public async Task Whoever_ends_the_job_meanwhile_ends_it(string how, JobState state)
    {
        var bed = new Bed(2);
        using EmbeddedJob job = bed.Start();
        await bed.FlowsAsync(1000);
        using var gate = bed.HoldReads();
        Task<RescaleResult> rescaling = job.RescaleAsync(3, TestContext.Current.CancellationToken);
        await gate.IsMet.Soon();
        Task<JobOutcome> end = how switch { "stop" => job.StopAsync(), "cancel" => job.CancelAsync(), _ => job.DrainAsync() };
        Assert.Equal(state, (await end.Soon()).State);
        await Assert.ThrowsAsync<InvalidOperationException>(() => rescaling.Soon());
        gate.Open();
        if (state == JobState.Completed)
            return;
        using EmbeddedJob anew = bed.Start();
        await bed.CompletesAsync();
    }

    [Fact]
    public async Task A_stop_asked_for_during_the_last_checkpoint_stops_the_job()
    {
        var bed = new Bed(2);
        using (EmbeddedJob job = bed.Start())
        {
            await bed.FlowsAsync(1000);
            using var gate = bed.Hold(name => name.Contains("checkpoint-000003/", StringComparison.Ordinal), "complete");
            Task<RescaleResult> rescaling = job.RescaleAsync(3, TestContext.Current.CancellationToken);
            await gate.IsMet.Soon();
            Task<JobOutcome> stopped = job.StopAsync();
            gate.Open();
            Assert.Equal(JobState.Stopped, (await stopped.Soon()).State);
            await Assert.ThrowsAsync<InvalidOperationException>(() => rescaling.Soon());
        }

        using EmbeddedJob anew = bed.Start();
        await bed.CompletesAsync();
    }

    [Fact]
    public async Task What_cant_be_is_refused_at_once()
    {
        var bed = new Bed(2);
        using EmbeddedJob job = bed.Make();
        await Assert.ThrowsAsync<InvalidOperationException>(() => job.RescaleAsync(3, TestContext.Current.CancellationToken).Soon());
        bed.Start(job);
        await bed.FlowsAsync(100);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => job.RescaleAsync(0, TestContext.Current.CancellationToken).Soon());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => job.RescaleAsync(17, TestContext.Current.CancellationToken).Soon());
        ArgumentException unknown = await Assert.ThrowsAsync<ArgumentException>(() => job.RescaleAsync("sum", 3, TestContext.Current.CancellationToken).Soon());
        Assert.Contains("'sums'", unknown.Message, StringComparison.Ordinal);
        await bed.CompletesAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => job.RescaleAsync(3, TestContext.Current.CancellationToken).Soon());
    }

    /// <summary>A job with all kinds of state, that is fed while it runs, and what it must have said at the end.</summary>
    private sealed class Bed(int parallelism, Action<GristmillOptions>? configure = null)
    {
        private const int Keys = 400;
        private const int Splits = 5;
        private readonly List<Event> _events = [];
        private readonly Feed<Event> _left = new(Splits);
        private readonly Feed<Event> _right = new(Splits);
        private readonly Collected<string> _sums = new();
        private readonly Collected<string> _windows = new();
        private readonly Collected<string> _corrected = new();
        private readonly Collected<string> _timers = new();
        private readonly Collected<string> _pairs = new();
        private EmbeddedJob? _job;
        private int _failures;

        public FaultyStore Store { get; } = new();

        public CapturedLog Log { get; } = new();

        /// <summary>A parallelism a source refuses.</summary>
        public int Refused { get; init; }

        public EmbeddedJob Make() => Run.Job(
            Build,
            Run.Options(parallelism, Store, o =>
            {
                o.BatchSize = 64;
                o.Checkpoints.FewEntries = 0;
                o.Restart.Policy = RestartPolicy.FixedDelay;
                configure?.Invoke(o);
            }),
            Log);

        public EmbeddedJob Start(EmbeddedJob? job = null)
        {
            _job = job ?? Make();
            _job.Start();
            return _job;
        }

        /// <summary>Has a subtask fail once.</summary>
        public void Fail()
        {
            Interlocked.Increment(ref _failures);
            Add(400);
        }

        public void FailFileOf(int checkpoint)
        {
            int failed = 0;
            Store.Before = (operation, name) => operation == "complete" && name.Contains($"checkpoint-{checkpoint:D6}/", StringComparison.Ordinal) && failed++ == 0
                ? throw new CheckpointStoreException("planted") : Task.CompletedTask;
        }

        public Gate HoldReads() => Hold(name => name.EndsWith(".state", StringComparison.Ordinal), "read");

        /// <summary>Holds back an operation of the store, until the gate is opened.</summary>
        public Gate Hold(Func<string, bool> which, string operation)
        {
            var gate = new Gate();
            Store.Before = (asked, name) => asked == operation && which(name) ? gate.PassAsync() : Task.CompletedTask;
            return gate;
        }

        public async Task FlowsAsync(int more)
        {
            long read = _job!.Status.RecordsIn;
            Add(more);
            await Wait.UntilAsync(() => _job.Status.RecordsIn >= read + more, "the records are read");
        }

        public Task FlowsUntilAsync(Task over) => Wait.UntilAsync(() => over.IsCompleted, "the change is over", () => Add(40));

        public async Task<Manifest> NewestAsync()
        {
            StoredHead head = (await Store.ReadHeadAsync("job", TestContext.Current.CancellationToken))!;
            ManifestReference newest = HeadContent.Decode(head.Content, "head").Newest!;
            return await ManifestFile.ReadAsync(Store, newest, TestContext.Current.CancellationToken);
        }

        public async Task CompletesAsync()
        {
            Add(300);
            _left.Complete();
            _right.Complete();
            await _job!.CompletesAsync();
            AssertSame(Events.RunningSums(_events), _sums.Rows);
            AssertSame(_events.GroupBy(e => (e.Key, Start: e.Time / 700 * 700)).Select(group => $"{group.Key.Key}@{group.Key.Start}:{group.Sum(e => e.Number)}"), _windows.Rows);
            AssertSame(_events.GroupBy(e => (e.Key, Start: e.Time / 900 * 900)).Select(group => $"{group.Key.Key}@{group.Key.Start}:{group.Sum(e => e.Number)}"), _corrected.Rows);
            AssertSame(_events.GroupBy(e => e.Key).SelectMany(group => group.Where((_, i) => i % 2 == 0).Select(e => $"{e.Key}:{e.Time + 2500}")), _timers.Rows);
            AssertSame(_events.GroupBy(e => e.Key).SelectMany(group => group.SelectMany((e, i) => new[] { $"{e.Key} left {i + 1}", $"{e.Key} right {i + 1}" })), _pairs.Rows);
        }

        private static void AssertSame(IEnumerable<string> expected, IEnumerable<string> rows)
            => Assert.Equal(expected.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));

        /// <summary>In order of time; a key is always in the same split.</summary>
        private void Add(int count)
        {
            var added = new List<Event>();
            for (int i = 0; i < count; i += 2)
            {
                int number = _events.Count;
                var one = new Event((number % Keys).ToString(CultureInfo.InvariantCulture), number, number * 3L);
                _events.Add(one);
                added.Add(one);
            }

            foreach (IGrouping<int, Event> split in added.GroupBy(e => e.Number % Splits))
            {
                _left.AddTo(split.Key, [.. split]);
                _right.AddTo(split.Key, [.. split]);
            }
        }

        private void Build(JobBuilder job)
        {
            KeyedStream<string, Event> left = job.From("left", new Refusing(_left, Refused)).WithTimestamps(e => e.Time).Select(PassOrFail).KeyBy(e => e.Key);
            KeyedStream<string, Event> right = job.From("right", _right).KeyBy(e => e.Key);
            left.Process("sums", () => new RunningSum()).To("sums-out", _sums);
            left.Window(Tumbling.Of(TimeSpan.FromMilliseconds(700))).Aggregate("windows", new Sum()).To("windows-out", _windows);
            left.Window(Tumbling.Of(TimeSpan.FromMilliseconds(900))).AllowedLateness(TimeSpan.FromMilliseconds(1500)).Aggregate("corrected", new Sum()).To("corrected-out", _corrected);
            left.Process("timers", () => new Timers()).To("timers-out", _timers);
            left.Connect(right).Process("pairs", () => new Pairs()).To("pairs-out", _pairs);
        }

        private Event PassOrFail(Event e)
        {
            if (Volatile.Read(ref _failures) > 0 && Interlocked.Decrement(ref _failures) >= 0)
                throw new InvalidTimeZoneException("planted");
            return e;
        }
    }

    /// <summary>Holds back who comes by until it is opened.</summary>
    private sealed class Gate : IDisposable
    {
        private readonly TaskCompletionSource _met = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task IsMet => _met.Task;

        public Task PassAsync()
        {
            _met.TrySetResult();
            return _open.Task;
        }

        public void Open() => _open.TrySetResult();

        public void Dispose() => Open();
    }

    private sealed class Refusing(Source<Event, long> inner, int parallelism) : Source<Event, long>
    {
        public override ValueTask<IReadOnlyList<SourceSplit<long>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
            => context.Parallelism == parallelism
                ? throw new InvalidTimeZoneException($"not with {parallelism}")
                : inner.DiscoverAsync(context, cancellationToken);

        public override SplitReader<Event, long> OpenReader(string splitId, long position, SourceContext context) => inner.OpenReader(splitId, position, context);
    }

    /// <summary>Two timers a pair of records: one is deleted by the next record before its time.</summary>
    private sealed class Timers : KeyedProcessor<string, Event, string>
    {
        private ValueState<(int Count, long Last)> _seen = null!;

        public override void Open(StateDeclarations states) => _seen = states.Value<(int Count, long Last)>("seen");

        public override void OnRecord(in Event record, ProcessorContext<string, string> context)
        {
            ref (int Count, long Last) seen = ref _seen.Update();
            if (seen.Count % 2 == 1)
            {
                context.SetTimer(TimerKind.EventTime, record.Time + 100_000_000);
                context.DeleteTimer(TimerKind.EventTime, record.Time + 100_000_000);
            }
            else
            {
                context.SetTimer(TimerKind.EventTime, record.Time + 2500);
            }

            seen = (seen.Count + 1, record.Time);
        }

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, string> context) => context.Emit($"{context.Key}:{timer.Time}");
    }

    private sealed class Pairs : KeyedProcessor<string, Event, Event, string>
    {
        private ValueState<int> _left = null!;
        private ValueState<int> _right = null!;

        public override void Open(StateDeclarations states)
        {
            _left = states.Value<int>("left");
            _right = states.Value<int>("right");
        }

        public override void OnLeft(in Event record, ProcessorContext<string, string> context) => context.Emit($"{context.Key} left {++_left.Update()}");

        public override void OnRight(in Event record, ProcessorContext<string, string> context) => context.Emit($"{context.Key} right {++_right.Update()}");
    }

    private sealed class Sum : WindowAggregate<string, Event, long, string>
    {
        public override void Add(ref long accumulator, in Event record) => accumulator += record.Number;

        public override string Result(string key, Window window, in long accumulator) => $"{key}@{window.StartMs}:{accumulator}";
    }
}
