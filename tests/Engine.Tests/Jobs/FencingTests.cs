using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Jobs;

public sealed class FencingTests
{
    [Fact]
    public async Task A_second_process_takes_over_and_the_first_ends_saying_so()
    {
        Event[] events = Events.Make(300);
        var store = new MemoryCheckpointStore();
        var feed = new Feed<Event>().Add(events[..100]);
        var collected = new Collected<string>();
        var log = new CapturedLog();
        void Build(JobBuilder job) => job.From("events", feed).KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", collected);
        using EmbeddedJob first = Run.Job(Build, Run.Options(2, store, o => o.Restart.Policy = RestartPolicy.FixedDelay), log);
        first.Start();
        await Wait.UntilAsync(() => first.Status.RecordsIn == 100, "the first reads");
        await first.CheckpointAsync().Soon();

        using EmbeddedJob second = Run.Job(Build, Run.Options(1, store));
        second.Start();
        await Wait.UntilAsync(() => second.Status.State == JobState.Running, "the second runs");
        feed.Add(events[100..200]);
        await Wait.UntilAsync(() => first.Status.RecordsIn == 200 && second.Status.RecordsIn == 100, "both read");

        // Neither the first's checkpoint nor its output counts, whatever it tries.
        await Assert.ThrowsAsync<InvalidOperationException>(() => first.CheckpointAsync().Soon());
        JobOutcome outcome = await first.Completion.Soon();
        Assert.Equal(JobState.Fenced, outcome.State);
        Assert.Contains("taken the job over", Assert.IsType<JobFencedException>(outcome.Error).Message, StringComparison.Ordinal);
        Assert.Equal(0, first.Status.Restarts);
        Assert.Single(log.Of(13));
        Assert.Equal(100, collected.Count);

        feed.Add(events[200..]).Complete();
        await second.CompletesAsync();
        Assert.Equal(2, second.Status.Generation);
        Assert.Equal(Events.RunningSums(events), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task Whatever_the_two_do_at_the_same_time_the_output_is_exact(int seed)
    {
        var random = new Random(seed);
        Event[] events = Events.Make(3000);
        var store = new MemoryCheckpointStore();
        var feed = new Feed<Event>(2);
        var collected = new Collected<string>();
        void Build(JobBuilder job) => job.From("events", feed).KeyBy(e => e.Key).Process("sums", () => new RunningCount()).To("out", collected);
        var running = new List<EmbeddedJob>();
        try
        {
            for (int i = 0; i < 6; i++)
            {
                feed.AddTo(i % 2, events[(i * 500)..((i + 1) * 500)]);
                EmbeddedJob job = Run.Job(Build, Run.Options(random.Next(1, 4), store, o =>
                {
                    o.Checkpoints.Periodic = true;
                    o.Checkpoints.Interval = TimeSpan.FromMilliseconds(random.Next(1, 5));
                    o.Checkpoints.MaxConcurrent = random.Next(1, 3);
                }));
                running.Add(job);
                job.Start();
                await Wait.UntilAsync(() => job.Status.Checkpoints >= random.Next(3) || job.Completion.IsCompleted, "it has taken a checkpoint or is fenced already");
            }

            feed.Complete();
            JobOutcome[] outcomes = await Task.WhenAll(running.Select(job => job.Completion)).Soon();

            // Which one is the last to take over is not said; it completes, and who comes after that has nothing to do.
            Assert.Single(outcomes, outcome => outcome is { State: JobState.Completed, WasCompleteBefore: false });
            Assert.All(outcomes, outcome => Assert.True(outcome.State is JobState.Completed or JobState.Fenced, $"{outcome}"));
        }
        finally
        {
            running.ForEach(job => job.Dispose());
        }

        Assert.Equal(
            events.GroupBy(e => e.Key).SelectMany(group => group.Select((_, i) => $"{group.Key}:{i + 1}")).Order(StringComparer.Ordinal),
            collected.Rows.Order(StringComparer.Ordinal));
    }

    private sealed class RunningCount : KeyedProcessor<string, Event, string>
    {
        private ValueState<int> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<int>("count");

        public override void OnRecord(in Event record, ProcessorContext<string, string> context) => context.Emit($"{context.Key}:{++_count.Update()}");
    }
}
