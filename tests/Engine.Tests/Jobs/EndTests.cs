using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Jobs;

public sealed class EndTests
{
    [Theory, InlineData(1), InlineData(3)]
    public async Task A_stopped_job_goes_on_from_its_last_checkpoint_as_if_nothing_had_been(int parallelism)
    {
        Event[] events = Events.Make(200);
        var store = new MemoryCheckpointStore();
        var feed = new Feed<Event>().Add(events[..100]);
        var collected = new Collected<string>();
        void Build(JobBuilder job) => job.From("events", feed).KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", collected);
        using (EmbeddedJob first = Run.Job(Build, Run.Options(parallelism, store)))
        {
            first.Start();
            await Wait.UntilAsync(() => first.Status.RecordsIn == 100, "the first half is read");
            Assert.Equal(JobState.Stopped, (await first.StopAsync().Soon()).State);
        }

        // All that was read is out, though nothing but the stop asked for a checkpoint.
        Assert.Equal(Events.RunningSums(events[..100]), collected.Rows.Order(StringComparer.Ordinal));
        feed.Add(events[100..]).Complete();
        var log = new CapturedLog();
        using EmbeddedJob second = Run.Job(Build, Run.Options(parallelism, store), log);
        await second.CompletesAsync();
        Assert.Equal(100, second.Status.RecordsIn);
        Assert.Equal(Events.RunningSums(events), collected.Rows.Order(StringComparer.Ordinal));
        Assert.Single(log.Of(2));
    }

    [Fact]
    public async Task A_cancelled_token_stops_a_job_that_runs_with_it()
    {
        using var cancel = new CancellationTokenSource();
        using EmbeddedJob job = Run.Job(job => job.From("events", new Feed<Event>()).To("out", new Collected<Event>()));
        Task<JobOutcome> running = job.RunAsync(cancel.Token);
        await Wait.UntilAsync(() => job.Status.State == JobState.Running, "it runs");
        await cancel.CancelAsync();
        Assert.Equal(JobState.Stopped, (await running.Soon()).State);
    }

    [Theory, InlineData(1), InlineData(3)]
    public async Task A_drained_job_treats_what_it_has_read_as_all_there_is_and_completes(int parallelism)
    {
        var feed = new Feed<Event>().Add(Events.Make(50));
        var collected = new Collected<int>();
        using EmbeddedJob job = Run.Job(
            job => job.From("events", feed).WithTimestamps(e => e.Time).KeyBy(e => e.Key).Window(Tumbling.Of(TimeSpan.FromDays(1))).Aggregate("count", new Counting()).To("out", collected),
            Run.Options(parallelism));
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == 50, "all are read");
        Assert.Equal(JobState.Completed, (await job.DrainAsync().Soon()).State);
        Assert.Equal(50, collected.Rows.Sum());
    }

    [Fact]
    public async Task A_complete_job_started_again_says_so_and_changes_nothing()
    {
        var store = new MemoryCheckpointStore();
        var collected = new Collected<int>();
        void Build(JobBuilder job) => job.From("in", InMemory.Of(1, 2, 3)).To("out", collected);
        using (EmbeddedJob first = Run.Job(Build, Run.Options(store: store)))
            Assert.False((await first.EndsAsync()).WasCompleteBefore);
        var log = new CapturedLog();
        using EmbeddedJob second = Run.Job(Build, Run.Options(store: store), log);
        JobOutcome outcome = await second.EndsAsync();
        Assert.Equal((JobState.Completed, true), (outcome.State, outcome.WasCompleteBefore));
        Assert.Single(log.Of(10));
        Assert.Equal([1, 2, 3], collected.Rows);
    }

    [Fact]
    public async Task What_a_complete_job_had_staged_and_not_published_is_published_when_it_is_started_again()
    {
        var store = new MemoryCheckpointStore();
        using (EmbeddedJob first = Run.Job(job => job.From("in", InMemory.Of(1, 2, 3)).To("out", new Collected<int>()), Run.Options(store: store)))
            await first.CompletesAsync();

        // As if the process had died between the moved head and the publishing: another sink object knows of nothing.
        var collected = new Collected<int>();
        using EmbeddedJob second = Run.Job(job => job.From("in", InMemory.Of(1, 2, 3)).To("out", collected), Run.Options(store: store));
        Assert.True((await second.EndsAsync()).WasCompleteBefore);
        Assert.Equal([1, 2, 3], collected.Rows);
    }

    [Theory, InlineData(CancelledCheckpoints.Retain), InlineData(CancelledCheckpoints.Delete)]
    public async Task The_checkpoints_of_a_cancelled_job_are_kept_or_deleted_as_chosen(CancelledCheckpoints choice)
    {
        var store = new MemoryCheckpointStore();
        var feed = new Feed<int>().Add(1, 2, 3);
        var collected = new Collected<int>();
        void Build(JobBuilder job) => job.From("in", feed).To("out", collected);
        using (EmbeddedJob first = Run.Job(Build, Run.Options(store: store, configure: o => o.Checkpoints.OnCancel = choice)))
        {
            first.Start();
            await Wait.UntilAsync(() => first.Status.RecordsIn == 3, "all are read");
            await first.CheckpointAsync().Soon();
            feed.Add(4);
            await Wait.UntilAsync(() => first.Status.RecordsIn == 4, "one more is read");
            Assert.Equal(JobState.Cancelled, (await first.CancelAsync().Soon()).State);
        }

        Assert.Equal([1, 2, 3], collected.Rows);
        int left = 0;
        await foreach (StoredObject item in store.ListAsync("job/checkpoint-", TestContext.Current.CancellationToken))
            left++;
        Assert.Equal(choice == CancelledCheckpoints.Delete, left == 0);

        feed.Complete();
        Collected<int> again = new();
        using EmbeddedJob second = Run.Job(job => job.From("in", feed).To("out", again), Run.Options(store: store));
        await second.CompletesAsync();
        Assert.Equal(choice == CancelledCheckpoints.Delete ? 4 : 1, second.Status.RecordsIn);
    }

    [Fact]
    public async Task A_job_that_waits_to_restart_can_be_cancelled()
    {
        using EmbeddedJob job = Run.Job(
            job => job.From("in", InMemory.Of(1)).Select<int>(_ => throw new InvalidTimeZoneException("planted")).To("out", new Collected<int>()),
            Run.Options(configure: o =>
            {
                o.Restart.Policy = RestartPolicy.FixedDelay;
                o.Restart.Delay = TimeSpan.FromHours(1);
                o.Restart.LongestDelay = TimeSpan.FromHours(1);
            }));
        job.Start();
        await Wait.UntilAsync(() => job.Status.State == JobState.Restarting, "it waits");
        await Assert.ThrowsAsync<InvalidOperationException>(() => job.CheckpointAsync().Soon());
        Assert.Equal(JobState.Cancelled, (await job.CancelAsync().Soon()).State);
    }

    [Fact]
    public async Task A_checkpoint_asked_of_a_job_that_could_not_start_and_waits_is_refused()
    {
        var store = new FaultyStore { Before = (operation, _) => operation == "head" ? throw new CheckpointStoreException("planted: away") : Task.CompletedTask };
        using EmbeddedJob job = Run.Job(
            job => job.From("in", InMemory.Of(1)).To("out", new Collected<int>()),
            Run.Options(store: store, configure: o =>
            {
                o.Restart.Policy = RestartPolicy.FixedDelay;
                o.Restart.Delay = o.Restart.LongestDelay = TimeSpan.FromHours(1);
            }));
        job.Start();
        await Wait.UntilAsync(() => job.Status.State == JobState.Restarting, "it waits");
        await Assert.ThrowsAsync<InvalidOperationException>(() => job.CheckpointAsync().Soon());
        await job.CancelAsync().Soon();
    }

    [Fact]
    public async Task A_checkpoint_asked_of_a_job_that_has_not_begun_or_has_ended_is_refused()
    {
        using EmbeddedJob job = Run.Job(job => job.From("in", InMemory.Of(1)).To("out", new Collected<int>()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => job.CheckpointAsync().Soon());
        await job.CompletesAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => job.CheckpointAsync().Soon());
        Assert.Equal(JobState.Completed, (await job.StopAsync().Soon()).State);
    }

    [Fact]
    public void A_job_that_never_started_can_be_disposed_of()
        => Run.Job(job => job.From("in", InMemory.Of(1)).To("out", new Collected<int>())).Dispose();

    private sealed class Counting : WindowAggregate<string, Event, int, int>
    {
        public override void Add(ref int accumulator, in Event record) => accumulator++;

        public override int Result(string key, Window window, in int accumulator) => accumulator;
    }
}
