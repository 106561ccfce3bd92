using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Jobs;

public sealed class CheckpointTests
{
    private readonly FaultyStore _store;
    private readonly Feed<Event> _feed = new();
    private readonly Collected<string> _collected = new();
    private readonly CapturedLog _log = new();
    private readonly ManualTime _time = new();

    // The ages of its objects go by the job's clock.
    public CheckpointTests() => _store = new FaultyStore(new MemoryCheckpointStore(_time));

    [Fact]
    public async Task Output_appears_with_the_checkpoint_that_covers_it_and_not_before()
    {
        using EmbeddedJob job = Start(1);
        await FeedAsync(job, 10);
        Assert.Empty(_collected.Rows);
        Assert.Equal(1, await job.CheckpointAsync().Soon());
        Assert.Equal(10, _collected.Count);
        await FeedAsync(job, 5);
        Assert.Equal(10, _collected.Count);
        Assert.Equal(2, await job.CheckpointAsync().Soon());
        Assert.Equal(15, _collected.Count);
        Assert.Equal([1, 2], job.CompletedCheckpoints.Select(one => one.Checkpoint));
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task Its_cost_is_logged_kept_in_the_history_and_told_by_the_status(int parallelism)
    {
        using EmbeddedJob job = Start(parallelism);
        await FeedAsync(job, 10);
        await job.CheckpointAsync().Soon();
        CompletedCheckpoint last = job.Status.LastCheckpoint!;
        Assert.Equal(1, last.Number);
        Assert.True(last.Bytes > 0);
        Assert.Contains($"{last.Bytes} bytes", Assert.Single(_log.Of(3)).Text, StringComparison.Ordinal);
        await job.CancelAsync().Soon();
        HistoryPage history = await CheckpointHistory.ReadAsync(_store, "job", cancellationToken: TestContext.Current.CancellationToken);
        CheckpointAttempt attempt = Assert.Single(history.Attempts);
        Assert.Equal((CheckpointOutcome.Completed, last.Bytes, Protocol.CheckpointKind.Manual), (attempt.Outcome, attempt.Bytes, attempt.Kind));
        Assert.Equal(parallelism == 1 ? 1 : 6, attempt.PerSubtask.Count);
        Assert.Equal(attempt.PerSubtask.Max(one => one.AckMs), attempt.SlowestMs);
    }

    [Fact]
    public async Task Periodic_ones_come_by_the_interval_of_the_hosts_clock()
    {
        using EmbeddedJob job = Start(1, o => Every(o, seconds: 10));
        await FeedAsync(job, 1);
        for (int n = 1; n <= 4; n++)
        {
            _time.Advance(TimeSpan.FromSeconds(9));
            await FeedAsync(job, 1);
            Assert.Equal(n - 1, job.Status.Checkpoints);
            _time.Advance(TimeSpan.FromSeconds(1));
            await Wait.UntilAsync(() => job.Status.Checkpoints == n, $"checkpoint {n} is complete");
        }
    }

    [Fact]
    public async Task After_one_that_took_long_the_minimum_pause_is_kept()
    {
        using EmbeddedJob job = Start(1, o =>
        {
            Every(o, seconds: 10);
            o.Checkpoints.MinimumPause = TimeSpan.FromSeconds(7);
        });
        await FeedAsync(job, 1);
        Gate gate = Hold("complete", "checkpoint-000001/g");
        Gate collected = Hold("list", "", gate);
        _time.Advance(TimeSpan.FromSeconds(10));
        await gate.Reached.Soon();
        _time.Advance(TimeSpan.FromSeconds(9));
        gate.Open();
        await Wait.UntilAsync(() => job.Status.Checkpoints == 1, "the first is complete, 19 s after the start");

        // What is not needed any more is looked for when its end has been noted, which the pause is counted from.
        await collected.Reached.Soon();
        collected.Open();

        // By the interval the second would be due at 20 s, by the pause at 26.
        _time.Advance(TimeSpan.FromSeconds(6));
        await FeedAsync(job, 1);
        Assert.Equal(1, job.Status.Checkpoints);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Wait.UntilAsync(() => job.Status.Checkpoints == 2, "the second is complete");
    }

    [Fact]
    public async Task One_that_takes_longer_than_the_timeout_is_aborted_and_its_output_comes_with_the_next()
    {
        using EmbeddedJob job = Start(1, o => o.Checkpoints.Timeout = TimeSpan.FromSeconds(30));
        await FeedAsync(job, 3);
        var gate = Hold("complete", "checkpoint-000001/g");
        Task<long> first = job.CheckpointAsync();
        await gate.Reached.Soon();
        _time.Advance(TimeSpan.FromSeconds(31));
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => first.Soon());
        Assert.Contains("TimedOut", refused.Message, StringComparison.Ordinal);
        await FeedAsync(job, 2);
        Assert.Equal(2, await job.CheckpointAsync().Soon());
        Assert.Equal(5, _collected.Count);
        gate.Open();
        Assert.Equal(3, await job.CheckpointAsync().Soon());
        Assert.Equal(5, _collected.Count);
        Assert.Contains("TimedOut", Assert.Single(_log.Of(4)).Text, StringComparison.Ordinal);
        Assert.Equal(0, job.Status.Restarts);
    }

    [Theory, InlineData("create", "/g"), InlineData("complete", "/g"), InlineData("create", "/manifest"), InlineData("complete", "/manifest")]
    public async Task So_many_failures_in_a_row_are_tolerated_and_one_more_fails_the_job(string operation, string name)
    {
        using EmbeddedJob job = Start(1, o =>
        {
            o.Checkpoints.ToleratedFailures = 2;
            o.Restart.Policy = RestartPolicy.FixedDelay;
        });
        await FeedAsync(job, 3);
        bool broken = true;
        _store.Before = (what, where) => broken && what == operation && where.Contains(name, StringComparison.Ordinal) ? throw new CheckpointStoreException("planted: disk full") : Task.CompletedTask;
        for (int i = 0; i < 2; i++)
            Assert.Contains("disk full", (await Assert.ThrowsAsync<InvalidOperationException>(() => job.CheckpointAsync().Soon())).Message, StringComparison.Ordinal);
        Assert.Equal(0, job.Status.Restarts);

        // One that succeeds in between begins the count anew.
        broken = false;
        await job.CheckpointAsync().Soon();
        Assert.Equal(3, _collected.Count);
        await FeedAsync(job, 2);
        broken = true;
        for (int i = 0; i < 3; i++)
            await Assert.ThrowsAsync<InvalidOperationException>(() => job.CheckpointAsync().Soon());
        await Wait.UntilAsync(() => job.Status.Restarts == 1, "the job has failed");
        broken = false;
        Assert.Equal(5, _log.Of(4).Count);
        Assert.Contains("disk full", Assert.Single(_log.Of(5)).Text, StringComparison.Ordinal);

        _feed.Complete();
        await job.CompletesAsync();
        Assert.Equal(5, _collected.Count);
        Assert.Equal(Events.RunningSums(Events.Make(5)), _collected.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Where_the_answer_of_the_store_is_lost_the_head_tells_that_it_has_moved()
    {
        using EmbeddedJob job = Start(1);
        await FeedAsync(job, 3);
        _store.AfterHead = () => throw new CheckpointStoreException("planted: connection lost");
        Assert.Equal(1, await job.CheckpointAsync().Soon());
        Assert.Equal(3, _collected.Count);
        _store.AfterHead = null;
        Assert.Equal(2, await job.CheckpointAsync().Soon());
        Assert.Equal(0, job.Status.Restarts);
    }

    [Fact]
    public async Task Where_the_head_could_not_be_moved_nothing_has_happened_and_the_job_goes_back()
    {
        using EmbeddedJob job = Start(1, o => o.Restart.Policy = RestartPolicy.FixedDelay);
        await FeedAsync(job, 3);
        bool once = true;
        _store.Before = (operation, _) => operation == "head" && Interlocked.Exchange(ref once, false) ? throw new CheckpointStoreException("planted: away") : Task.CompletedTask;
        await Assert.ThrowsAsync<InvalidOperationException>(() => job.CheckpointAsync().Soon());
        Assert.Empty(_collected.Rows);
        await Wait.UntilAsync(() => job.Status.Restarts == 1, "the job goes back");
        _feed.Complete();
        await job.CompletesAsync();
        Assert.Equal(Events.RunningSums(Events.Make(3)), _collected.Rows.Order(StringComparer.Ordinal));
    }

    [Theory, InlineData(1, false), InlineData(3, false), InlineData(1, true), InlineData(3, true)]
    public async Task Two_may_be_under_way_at_once_and_one_that_overtakes_stands_for_both(int parallelism, bool overtakes)
    {
        using EmbeddedJob job = Start(parallelism, o => o.Checkpoints.MaxConcurrent = 2);
        await FeedAsync(job, 20);
        Gate first = Hold("complete", "checkpoint-000001/g");
        Task<long> one = job.CheckpointAsync();
        await first.Reached.Soon();
        await FeedAsync(job, 20);
        Gate second = Hold("complete", "checkpoint-000002/g", first);
        Task<long> two = job.CheckpointAsync();
        await second.Reached.Soon();
        await FeedAsync(job, 20);
        (overtakes ? second : first).Open();
        Assert.Equal(overtakes ? 2 : 1, await one.Soon());
        Assert.Equal(overtakes ? 40 : 20, _collected.Count);
        (overtakes ? first : second).Open();
        Assert.Equal(2, await two.Soon());
        Assert.Equal(40, _collected.Count);
        await job.CheckpointAsync().Soon();
        Assert.Equal(Events.RunningSums(Events.Make(60)), _collected.Rows.Order(StringComparer.Ordinal));
        Assert.Equal(0, job.Status.Restarts);
    }

    [Theory, InlineData(CheckpointMode.ExactlyOnce, 1), InlineData(CheckpointMode.ExactlyOnce, 3), InlineData(CheckpointMode.AtLeastOnce, 3)]
    public async Task A_job_with_two_inputs_under_constant_checkpoints_and_failures_counts_each_record_once_or_at_least_once(CheckpointMode mode, int parallelism)
    {
        Event[] left = Events.Make(3000), right = Events.Make(3000, keys: 5);
        int until = 2;
        var results = new Collected<(string Key, int Count)>();
        using EmbeddedJob job = Run.Job(
            job =>
            {
                int seen = 0;
                job.From("left", InMemory.From(left, 3)).Select(e => Interlocked.Increment(ref seen) == 2000 && Interlocked.Decrement(ref until) >= 0 ? throw new InvalidTimeZoneException("planted") : e)
                    .KeyBy(e => e.Key).Connect(job.From("right", InMemory.From(right, 2)).KeyBy(e => e.Key)).Process("both", () => new CountBoth()).To("out", results);
            },
            Run.Options(parallelism, configure: o =>
            {
                o.Checkpoints.Periodic = true;
                o.Checkpoints.Interval = TimeSpan.FromMilliseconds(1);
                o.Checkpoints.Mode = mode;
                o.Checkpoints.MaxConcurrent = 2;
                o.Restart.Policy = RestartPolicy.FixedDelay;
            }));
        await job.CompletesAsync();
        Assert.True(job.Status.Restarts >= 1);
        foreach (IGrouping<string, Event> key in left.Concat(right).GroupBy(e => e.Key))
        {
            int counted = Assert.Single(results.Rows, row => row.Key == key.Key).Count;
            if (mode == CheckpointMode.ExactlyOnce)
                Assert.Equal(key.Count(), counted);
            else
                Assert.True(counted >= key.Count(), $"{key.Key}: {counted} of {key.Count()}");
        }
    }

    [Fact]
    public async Task The_last_few_are_kept_and_the_rest_collected()
    {
        using EmbeddedJob job = Start(1, o =>
        {
            o.Checkpoints.Retain = 3;
            o.Checkpoints.MinimumAge = TimeSpan.Zero;
        });
        for (int n = 0; n < 8; n++)
        {
            await FeedAsync(job, 2);
            await job.CheckpointAsync().Soon();
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        await Wait.UntilAsync(() => Manifests().Result.Count == 3, "only three are left");
        Assert.Equal([6, 7, 8], await Manifests());

        async Task<List<long>> Manifests()
        {
            var found = new List<long>();
            await foreach (StoredObject item in _store.ListAsync("job/"))
            {
                if (CheckpointLayout.Parse(item.Name) is { Kind: CheckpointObjectKind.Manifest } manifest)
                    found.Add(manifest.Checkpoint);
            }

            return found;
        }
    }

    [Fact]
    public async Task A_damaged_newest_one_is_skipped_loudly_and_the_job_goes_on_from_the_one_before()
    {
        var store = new MemoryCheckpointStore();
        using (EmbeddedJob first = Start(1, store: store))
        {
            await FeedAsync(first, 4);
            await first.CheckpointAsync().Soon();
            await FeedAsync(first, 3);
            await first.CheckpointAsync().Soon();
            await first.CancelAsync().Soon();
        }

        await DamageAsync(store, "job/checkpoint-000002/g1-node0.state");
        Assert.Equal(7, _collected.Count);
        _feed.Complete();
        using EmbeddedJob second = Run.Job(Build, Run.Options(store: store), _log);
        await second.CompletesAsync();
        Assert.Equal(3, second.Status.RecordsIn);
        Assert.Contains("checkpoint 2 is damaged", Assert.Single(_log.Of(7)).Text, StringComparison.Ordinal);
        CapturedLog.Line fallBack = Assert.Single(_log.Of(8));
        Assert.Equal(Microsoft.Extensions.Logging.LogLevel.Critical, fallBack.Level);
        Assert.Contains("falls back to checkpoint 1", fallBack.Text, StringComparison.Ordinal);
        Assert.Contains("output of checkpoints 2 is visible already", fallBack.Text, StringComparison.Ordinal);

        // As said: what the lost checkpoint had published comes a second time.
        Assert.Equal(10, _collected.Count);
        Assert.Equal(Events.RunningSums(Events.Make(7)), _collected.Rows.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task When_all_are_damaged_the_job_fails_and_says_what_to_do()
    {
        var store = new MemoryCheckpointStore();
        using (EmbeddedJob first = Start(1, store: store))
        {
            await FeedAsync(first, 4);
            await first.CheckpointAsync().Soon();
            await first.CancelAsync().Soon();
        }

        await DamageAsync(store, "job/checkpoint-000001/g1-node0.state");
        using EmbeddedJob second = Run.Job(Build, Run.Options(store: store, configure: o => o.Restart.Policy = RestartPolicy.FixedDelay));
        JobOutcome outcome = await second.EndsAsync();
        Assert.Equal(JobState.Failed, outcome.State);
        Assert.Contains("backup", outcome.Error!.Message, StringComparison.Ordinal);
        Assert.Equal(0, second.Status.Restarts);
    }

    [Fact]
    public async Task State_of_an_operator_the_job_no_longer_has_and_other_key_groups_are_refused_naming_them()
    {
        var store = new MemoryCheckpointStore();
        using (EmbeddedJob first = Start(1, store: store))
        {
            await FeedAsync(first, 4);
            await first.StopAsync().Soon();
        }

        using EmbeddedJob second = Run.Job(
            job => job.From("events", _feed).KeyBy(e => e.Key).Process("other", () => new RunningSum()).To("out", _collected), Run.Options(store: store, configure: o => o.KeyGroups = 32));
        JobConfigurationException error = Assert.IsType<JobConfigurationException>((await second.EndsAsync()).Error);
        Assert.Contains(error.Faults, fault => fault.Contains("'sums'", StringComparison.Ordinal));
        Assert.Contains(error.Faults, fault => fault.Contains("KeyGroups is 32", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_state_may_be_added_and_taken_away_between_runs()
    {
        var store = new MemoryCheckpointStore();
        using (EmbeddedJob first = Start(1, store: store))
        {
            await FeedAsync(first, 22);
            await first.StopAsync().Soon();
        }

        Collected<string> rows = new();
        _feed.Complete();
        _feed.Add(new Event("ant", 1000, 0));
        using EmbeddedJob second = Run.Job(job => job.From("events", _feed).KeyBy(e => e.Key).Process("sums", () => new SumWithMore()).To("out", rows), Run.Options(store: store));
        await second.CompletesAsync();

        // Before it the new sink got what the restored checkpoint has staged.
        Assert.Equal(23, rows.Count);
        Assert.Equal("ant:3:1011:new", rows.Rows[^1]);
    }

    [Fact]
    public async Task At_the_end_nothing_is_left_to_a_periodic_one()
    {
        // Without any checkpoint by time or hand the final one publishes everything.
        Event[] events = Events.Make(500);
        await Run.ToEndAsync(job => job.From("events", InMemory.Of(events)).KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", _collected), Run.Options(3, _store));
        Assert.Equal(Events.RunningSums(events), _collected.Rows.Order(StringComparer.Ordinal));
    }

    private static void Every(GristmillOptions options, int seconds)
    {
        options.Checkpoints.Periodic = true;
        options.Checkpoints.Interval = TimeSpan.FromSeconds(seconds);
    }

    private static async Task DamageAsync(MemoryCheckpointStore store, string name)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        byte[] content = new byte[(await store.GetLengthAsync(name, token))!.Value];
        await store.ReadAsync(name, 0, content, token);
        content[content.Length / 2] ^= 1;
        await store.DeleteAsync(name, token);
        await using ObjectWriter writer = await store.CreateAsync(name, token);
        await writer.WriteAsync(content, token);
        await writer.CompleteAsync(token);
    }

    private void Build(JobBuilder job) => job.From("events", _feed).KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", _collected);

    private EmbeddedJob Start(int parallelism, Action<GristmillOptions>? configure = null, ICheckpointStore? store = null)
    {
        EmbeddedJob job = Run.Job(Build, Run.Options(parallelism, store ?? _store, configure), _log, _time);
        job.Start();
        return job;
    }

    private int _fed;

    /// <summary>Feeds the next of <see cref="Events.Make"/> and waits until they are read.</summary>
    private async Task FeedAsync(EmbeddedJob job, int count)
    {
        // Counted before they are fed: afterwards some may have been read already.
        long wanted = job.Status.RecordsIn + count;
        _feed.Add(Events.Make(_fed + count)[_fed..]);
        _fed += count;
        await Wait.UntilAsync(() => job.Status.RecordsIn == wanted, "what was fed is read");
    }

    private Gate Hold(string operation, string part, Gate? other = null)
    {
        var gate = new Gate();
        Func<string, string, Task>? before = _store.Before;
        _store.Before = (what, where) =>
        {
            if (what != operation || !where.Contains(part, StringComparison.Ordinal))
                return other is null || before is null ? Task.CompletedTask : before(what, where);
            return gate.PassAsync();
        };
        return gate;
    }

    private sealed class Gate
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public void Open() => _open.TrySetResult();

        public Task PassAsync()
        {
            _reached.TrySetResult();
            return _open.Task;
        }
    }

    private sealed class CountBoth : KeyedProcessor<string, Event, Event, (string Key, int Count)>
    {
        private ValueState<int> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<int>("count");

        public override void OnLeft(in Event record, ProcessorContext<string, (string Key, int Count)> context) => OnRight(in record, context);

        public override void OnRight(in Event record, ProcessorContext<string, (string Key, int Count)> context)
        {
            _count.Update()++;
            context.SetTimer(TimerKind.EventTime, 1);
        }

        public override void OnTimer(in DueTimer timer, ProcessorContext<string, (string Key, int Count)> context) => context.Emit((context.Key, _count.Value));
    }

    private sealed class SumWithMore : KeyedProcessor<string, Event, string>
    {
        private ValueState<List<string>?> _more = null!;
        private ValueState<(int Count, long Sum)> _state = null!;

        public override void Open(StateDeclarations states)
        {
            _more = states.Value<List<string>?>("more");
            _state = states.Value<(int Count, long Sum)>("running");
        }

        public override void OnRecord(in Event record, ProcessorContext<string, string> context)
        {
            ref (int Count, long Sum) state = ref _state.Update();
            context.Emit($"{context.Key}:{++state.Count}:{state.Sum += record.Number}:{(_more.Exists ? "old" : "new")}");
        }
    }
}
