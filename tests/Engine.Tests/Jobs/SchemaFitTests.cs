using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests.Jobs;

public sealed class SchemaFitTests
{
    [Fact]
    public async Task A_version_whose_state_can_not_be_read_is_refused_and_the_one_that_runs_goes_on()
    {
        var store = new MemoryCheckpointStore();
        var feed = new Feed<int>().Add(1, 2, 3);
        var wide = new Collected<string>();
        using EmbeddedJob running = Run.Job(job => Build<long>(job, feed, wide), Run.Options(2, store));
        running.Start();
        await Wait.UntilAsync(() => running.Status.RecordsIn == 3, "all is read");
        await running.CheckpointAsync();

        using EmbeddedJob narrow = Run.Job(job => Build<short>(job, new Feed<int>(), new Collected<string>()), Run.Options(2, store));
        JobOutcome refused = await narrow.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(JobState.Failed, refused.State);
        var error = Assert.IsType<JobConfigurationException>(refused.Error);
        Assert.Contains("'sums'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Int64", error.Message, StringComparison.OrdinalIgnoreCase);

        // Nobody has taken it over: it still may commit.
        feed.Add(4);
        await Wait.UntilAsync(() => running.Status.RecordsIn == 4, "it goes on");
        await running.CheckpointAsync();
        Assert.Equal(JobState.Running, running.Status.State);
        await running.StopAsync();
    }

    private static void Build<TSum>(JobBuilder job, Feed<int> feed, Collected<string> output)
        where TSum : System.Numerics.IBinaryInteger<TSum>
        => job.From("numbers", feed).KeyBy(n => n % 2).Process("sums", () => new Summing<TSum>()).To("out", output);

    private sealed class Summing<TSum> : KeyedProcessor<int, int, string>
        where TSum : System.Numerics.IBinaryInteger<TSum>
    {
        private ValueState<TSum> _sum = null!;

        public override void Open(StateDeclarations states) => _sum = states.Value<TSum>("sum");

        public override void OnRecord(in int record, ProcessorContext<int, string> context)
        {
            ref TSum sum = ref _sum.Update();
            sum += TSum.CreateChecked(record);
            context.Emit($"{sum}");
        }
    }
}
