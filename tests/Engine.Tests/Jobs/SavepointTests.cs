using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Jobs;

/// <summary>Savepoints, beginning from them, operators that go or change their names, and going back on purpose.</summary>
public sealed class SavepointTests
{
    private static readonly Event[] All = [.. Enumerable.Range(0, 4_000).Select(n => new Event($"k{n * 7919L % 1_500}", n, n))];

    [Theory, InlineData(1), InlineData(3)]
    public async Task A_job_of_another_name_goes_on_from_a_savepoint_as_if_it_were_the_same(int parallelism)
    {
        var store = new MemoryCheckpointStore();
        var elsewhere = new MemoryCheckpointStore();
        Feed<Event> feed = new Feed<Event>().Add(All[..2_000]);
        var collected = new Collected<string>();
        using (EmbeddedJob first = Named("old", Sums(feed, collected), Manual(2, store)))
        {
            first.Start();
            await Wait.UntilAsync(() => first.Status.RecordsIn == 2_000, "the first half is read");
            ManifestReference made = await first.SavepointAsync("half", elsewhere);
            Assert.Equal("old/savepoints/half/manifest.json", made.Manifest);
            await Assert.ThrowsAsync<ObjectExistsException>(() => first.SavepointAsync("half", elsewhere));
            await first.CancelAsync().Soon();
        }

        // The savepoint stands by itself.
        feed.Add(All[2_000..]).Complete();
        using EmbeddedJob second = Named("new", Sums(feed, collected), Manual(parallelism, new MemoryCheckpointStore(), o =>
            o.Checkpoints.StartFrom = new SavepointStart("half") { Job = "old", Store = elsewhere }));
        await second.CompletesAsync();
        Assert.Equal(2_000, second.Status.RecordsIn);
        Assert.Equal(Events.RunningSums(All), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Once_a_job_has_a_checkpoint_of_its_own_it_goes_on_from_that()
    {
        var store = new MemoryCheckpointStore();
        Feed<Event> feed = new Feed<Event>().Add(All[..1_000]);
        var collected = new Collected<string>();
        using (EmbeddedJob first = Named("old", Sums(feed, collected), Manual(2, store)))
        {
            first.Start();
            await Wait.UntilAsync(() => first.Status.RecordsIn == 1_000, "a part is read");
            await first.StopAsync("end").Soon();
        }

        var start = new SavepointStart("end") { Job = "old" };
        feed.Add(All[1_000..2_000]);
        using (EmbeddedJob second = Named("new", Sums(feed, collected), Manual(2, store, o => o.Checkpoints.StartFrom = start)))
        {
            second.Start();
            await Wait.UntilAsync(() => second.Status.RecordsIn == 1_000, "a part is read");
            await second.StopAsync().Soon();
        }

        feed.Add(All[2_000..]).Complete();
        using EmbeddedJob third = Named("new", Sums(feed, collected), Manual(2, store, o => o.Checkpoints.StartFrom = start));
        await third.CompletesAsync();
        Assert.Equal(2_000, third.Status.RecordsIn);
        Assert.Equal(Events.RunningSums(All), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_savepoint_that_is_not_there_is_named()
    {
        using EmbeddedJob job = Named("new", Sums(new Feed<Event>(), new Collected<string>()), Manual(1, new MemoryCheckpointStore(), o =>
            o.Checkpoints.StartFrom = new SavepointStart("nothing")));
        JobOutcome outcome = await job.RunAsync().Soon();
        Assert.Equal(JobState.Failed, outcome.State);
        Assert.Contains("'nothing'", outcome.Error!.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task A_renamed_operator_and_source_keep_their_state_and_a_removed_ones_is_dropped(int parallelism)
    {
        var store = new MemoryCheckpointStore();
        Feed<Event> feed = new Feed<Event>().Add(All[..2_000]);
        var collected = new Collected<string>();
        void Before(JobBuilder job)
        {
            Stream<Event> events = job.From("events", feed);
            events.KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", collected);
            events.KeyBy(e => e.Key).Process("extra", () => new RunningSum()).To("more", new Collected<string>());
        }

        void After(JobBuilder job) => job.From("input", feed).KeyBy(e => e.Key).Process("totals", () => new RunningSum()).To("out", collected);
        using (EmbeddedJob first = Run.Job(Before, Manual(2, store)))
        {
            first.Start();
            await Wait.UntilAsync(() => first.Status.RecordsIn == 2_000, "the first half is read");
            await first.StopAsync().Soon();
        }

        using (EmbeddedJob forgetful = Run.Job(After, Manual(parallelism, store)))
        {
            string error = (await forgetful.RunAsync().Soon()).Error!.Message;
            Assert.Contains("Upgrade.Renamed[\"sums\"]", error, StringComparison.Ordinal);
            Assert.Contains("Upgrade.Removed.Add(\"extra\")", error, StringComparison.Ordinal);
            Assert.Contains("'events'", error, StringComparison.Ordinal);
        }

        feed.Add(All[2_000..3_000]);
        using (EmbeddedJob second = Run.Job(After, Manual(parallelism, store, o =>
        {
            o.Upgrade.Renamed["events"] = "input";
            o.Upgrade.Renamed["sums"] = "totals";
            o.Upgrade.Removed.Add("extra");
            o.Upgrade.Removed.Add("more");
        })))
        {
            second.Start();
            await Wait.UntilAsync(() => second.Status.RecordsIn == 1_000, "a quarter is read");
            await second.CheckpointAsync();
            await second.StopAsync().Soon();
        }

        // From now on nobody needs to know of the old names.
        feed.Add(All[3_000..]).Complete();
        using EmbeddedJob third = Run.Job(After, Manual(parallelism, store));
        await third.CompletesAsync();
        Assert.Equal(1_000, third.Status.RecordsIn);
        Assert.Equal(Events.RunningSums(All), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Upgrades_that_can_not_be_are_named_before_the_job_starts()
    {
        GristmillOptions options = Manual(1, new MemoryCheckpointStore(), o =>
        {
            o.Upgrade.Removed.Add("sums");
            o.Upgrade.Renamed["a"] = "b";
            o.Upgrade.Renamed["c"] = "b";
            o.Upgrade.Renamed["events"] = "out";
        });
        JobConfigurationException error = Assert.Throws<JobConfigurationException>(() => Run.Job(Sums(new Feed<Event>(), new Collected<string>()), options));
        Assert.Contains(error.Faults, fault => fault.Contains("Upgrade.Removed names 'sums'", StringComparison.Ordinal));
        Assert.Contains(error.Faults, fault => fault.Contains("'a' and 'c'", StringComparison.Ordinal));
        Assert.Contains(error.Faults, fault => fault.Contains("gives 'a' the name 'b'", StringComparison.Ordinal));
        Assert.Contains(error.Faults, fault => fault.Contains("renames 'events'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_job_taken_back_goes_on_from_the_older_checkpoint_and_may_be_taken_forth_again()
    {
        var store = new MemoryCheckpointStore();
        var feed = new Feed<int>().Add(1, 2, 3);
        var collected = new Collected<string>();
        void Build(JobBuilder job) => job.From("numbers", feed).KeyBy(_ => "all").Process("count", () => new Count()).To("out", collected);
        long early, late;
        using (EmbeddedJob first = Run.Job(Build, Run.Options(1, store)))
        {
            first.Start();
            await Wait.UntilAsync(() => first.Status.RecordsIn == 3, "three are read");
            early = await first.CheckpointAsync();
            feed.Add(4, 5);
            await Wait.UntilAsync(() => first.Status.RecordsIn == 5, "five are read");
            late = await StopAsync(first);
        }

        ManifestReference back = await CheckpointRollback.ApplyAsync(store, "job", early, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(late + 1, back.Checkpoint);
        using (EmbeddedJob second = Run.Job(Build, Run.Options(1, store)))
        {
            second.Start();
            await Wait.UntilAsync(() => second.Status.RecordsIn == 2, "two are read again");
            Assert.Equal(5, (await second.QueryStateAsync<string, int>(new StateAddress("count"), "all")).Value);
            await second.StopAsync().Soon();
        }

        // What was visible stays visible, and comes again.
        Assert.Equal(["4", "4", "5", "5"], collected.Rows.Where(row => row is "4" or "5").Order(StringComparer.Ordinal));
        await CheckpointRollback.ApplyAsync(store, "job", late, TimeProvider.System, TestContext.Current.CancellationToken);
        feed.Add(6).Complete();
        using EmbeddedJob third = Run.Job(Build, Run.Options(1, store));
        await third.CompletesAsync();
        Assert.Equal(1, third.Status.RecordsIn);
        Assert.Single(collected.Rows, "6");
        ArgumentException unknown = await Assert.ThrowsAsync<ArgumentException>(
            () => CheckpointRollback.ApplyAsync(store, "job", 77, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Contains("77", unknown.Message, StringComparison.Ordinal);
    }

    private static async Task<long> StopAsync(EmbeddedJob job)
    {
        await job.StopAsync().Soon();
        return job.Status.LastCheckpoint!.Number;
    }

    private static EmbeddedJob Named(string name, Action<JobBuilder> build, GristmillOptions options) => Run.Job(build, options, name: name);

    private static Action<JobBuilder> Sums(Feed<Event> feed, Collected<string> collected)
        => job => job.From("events", feed).KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", collected);

    private static GristmillOptions Manual(int parallelism, ICheckpointStore store, Action<GristmillOptions>? configure = null) => Run.Options(parallelism, store, o =>
    {
        // Some are taken by time too, so that changes are put on top of what was restored.
        o.Checkpoints.Periodic = true;
        o.Checkpoints.Interval = TimeSpan.FromMilliseconds(20);
        o.Checkpoints.FewEntries = 0;
        configure?.Invoke(o);
    });

    private sealed class Count : KeyedProcessor<string, int, string>
    {
        private ValueState<int> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<int>("count");

        public override void OnRecord(in int record, ProcessorContext<string, string> context)
        {
            _count.Update()++;
            context.Emit($"{record}");
        }
    }
}
