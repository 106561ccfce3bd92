using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Jobs;

/// <summary>What becomes of a failed job that is stopped, or taken over, before it is back.</summary>
public sealed class FailureEndTests
{
    [Fact]
    public async Task A_job_that_waits_to_restart_can_be_stopped()
    {
        var log = new CapturedLog();
        using EmbeddedJob job = Run.Job(
            job => job.From("in", new Trap<int>(new Feed<int>()).Spring()).To("out", new Collected<int>()), Run.Options(configure: Patient), log);
        job.Start();
        await Wait.UntilAsync(() => job.Status.State == JobState.Restarting, "it waits");
        JobOutcome outcome = await job.StopAsync().Soon();
        Assert.Equal((JobState.Stopped, null), (outcome.State, outcome.Error));
        Assert.Equal(JobState.Stopped, job.Status.State);

        // It was not tried once more for the stop's sake.
        Assert.Single(log.Of(5));
    }

    [Fact]
    public async Task Stopped_while_it_waits_to_restart_a_job_goes_on_from_its_newest_checkpoint_when_it_is_started_again()
    {
        Event[] events = Events.Make(200);
        var store = new MemoryCheckpointStore();
        var feed = new Feed<Event>().Add(events[..100]);
        var trap = new Trap<Event>(feed);
        var collected = new Collected<string>();
        void Build(JobBuilder job, Source<Event> source) => job.From("events", source).KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", collected);
        using (EmbeddedJob first = Run.Job(job => Build(job, trap), Run.Options(store: store, configure: Patient)))
        {
            first.Start();
            await Wait.UntilAsync(() => first.Status.RecordsIn == 100, "the first half is read");
            await first.CheckpointAsync().Soon();
            trap.Spring();
            feed.Add(events[100..]);
            await Wait.UntilAsync(() => first.Status.State == JobState.Restarting, "it waits");
            Assert.Equal(JobState.Stopped, (await first.StopAsync().Soon()).State);
        }

        Assert.Equal(100, collected.Count);
        feed.Complete();
        using EmbeddedJob second = Run.Job(job => Build(job, feed), Run.Options(store: store));
        await second.CompletesAsync();
        Assert.Equal(100, second.Status.RecordsIn);
        Assert.Equal(Events.RunningSums(events), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task A_process_that_fails_after_a_rival_took_over_does_not_take_the_job_back(int parallelism)
    {
        Event[] events = Events.Make(300);
        var store = new MemoryCheckpointStore();
        var feed = new Feed<Event>().Add(events[..100]);
        var trap = new Trap<Event>(feed);
        var collected = new Collected<string>();
        void Build(JobBuilder job, Source<Event> source) => job.From("events", source).KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", collected);
        using EmbeddedJob first = Run.Job(job => Build(job, trap), Run.Options(parallelism, store, o => o.Restart.Policy = RestartPolicy.FixedDelay));
        first.Start();
        await Wait.UntilAsync(() => first.Status.RecordsIn == 100, "the first reads");
        await first.CheckpointAsync().Soon();

        using EmbeddedJob second = Run.Job(job => Build(job, feed), Run.Options(parallelism, store));
        second.Start();
        await Wait.UntilAsync(() => second.Status.State == JobState.Running, "the second runs");
        trap.Spring();
        feed.Add(events[100..200]);
        JobOutcome outcome = await first.Completion.Soon();
        Assert.Equal(JobState.Fenced, outcome.State);
        Assert.Contains("taken the job over", Assert.IsType<JobFencedException>(outcome.Error).Message, StringComparison.Ordinal);
        Assert.Equal((1, 1), (first.Status.Generation, first.Status.Restarts));

        // The second is still the one whose checkpoints count, and its generation was never asked for anew.
        await Wait.UntilAsync(() => second.Status.RecordsIn == 100, "the second reads on");
        await second.CheckpointAsync().Soon();
        Assert.Equal(200, collected.Count);
        feed.Add(events[200..]).Complete();
        await second.CompletesAsync();
        Assert.Equal((2, 0), (second.Status.Generation, second.Status.Restarts));
        Assert.Equal(Events.RunningSums(events), collected.Rows.Order(StringComparer.Ordinal));
    }

    private static void Patient(GristmillOptions options)
    {
        options.Restart.Policy = RestartPolicy.FixedDelay;
        options.Restart.Delay = options.Restart.LongestDelay = TimeSpan.FromMinutes(10);
    }
}
