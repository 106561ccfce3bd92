using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests.Jobs;

/// <summary>Looking up keyed state by key, live and in the last checkpoint.</summary>
public sealed class StateQueryTests
{
    private const int Keys = 50;
    private static readonly StateAddress Total = new("tally") { State = "total" };
    private static readonly StateAddress Seen = new("tally") { State = "seen" };

    [Theory, InlineData(1), InlineData(3)]
    public async Task The_live_value_is_what_the_operator_has_now_and_the_checkpoints_what_it_had(int parallelism)
    {
        var feed = new Feed<Item>().Add(Items(0, 500));
        using EmbeddedJob job = Run.Job(Tally(feed, new Collected<int>()), Manual(parallelism));
        job.Start();
        await ReachesAsync(job, 500);
        long checkpoint = await job.CheckpointAsync();
        feed.Add(Items(500, 1_000));
        await ReachesAsync(job, 1_000);
        for (int key = 0; key < Keys; key++)
        {
            StateResult<long> live = await job.QueryStateAsync<(int, string), long>(Total, (key, $"k{key}"));
            Assert.Equal(new StateResult<long>(true, Sum(key, 1_000), null), live);
            StateResult<long> then = await job.QueryStateAsync<(int, string), long>(Total, (key, $"k{key}"), StateView.LastCheckpoint);
            Assert.Equal(new StateResult<long>(true, Sum(key, 500), checkpoint), then);
        }

        await job.StopAsync().Soon();
    }

    [Theory, InlineData(StateView.Live), InlineData(StateView.LastCheckpoint)]
    public async Task A_list_is_read_as_a_list_and_absent_keys_and_states_are_not_found(StateView view)
    {
        var feed = new Feed<Item>().Add(Items(0, 200));
        using EmbeddedJob job = Run.Job(Tally(feed, new Collected<int>()), Manual(1));
        job.Start();
        await ReachesAsync(job, 200);
        await job.CheckpointAsync();
        StateResult<List<int>> list = await job.QueryStateAsync<(int, string), List<int>>(Seen, (8, "k8"), view);
        Assert.Equal([8, 58, 108, 158], list.Value);
        Assert.False((await job.QueryStateAsync<(int, string), List<int>>(Seen, (7, "k7"), view)).Found);
        Assert.False((await job.QueryStateAsync<(int, string), long>(Total, (8, "nobody"), view)).Found);
        await job.StopAsync().Soon();
    }

    [Theory, InlineData(StateView.Live), InlineData(StateView.LastCheckpoint)]
    public async Task A_narrower_number_finds_its_wider_key_and_reads_into_a_wider_value(StateView view)
    {
        var feed = new Feed<long>().Add(5, 5, 6);
        using EmbeddedJob job = Run.Job(job => job.From("n", feed).KeyBy(n => n).Process("count", () => new Counting()).To("out", new Collected<int>()), Manual(2));
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == 3, "all are read");
        await job.CheckpointAsync();
        Assert.Equal(2L, (await job.QueryStateAsync<short, long>(new StateAddress("count"), 5, view)).Value);
        await job.StopAsync().Soon();
    }

    [Theory, InlineData(StateView.Live), InlineData(StateView.LastCheckpoint)]
    public async Task A_windows_accumulator_is_found_by_key_and_start(StateView view)
    {
        var feed = new Feed<Item>().Add(Items(0, 100));
        using EmbeddedJob job = Run.Job(
            job => job.From("items", feed).WithTimestamps(item => item.Number).KeyBy(item => item.Number % 4)
                .Window(Tumbling.Of(TimeSpan.FromMilliseconds(1_000))).Aggregate("counts", new PerWindow()).To("out", new Collected<int>()),
            Manual(2));
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == 100, "all are read");
        await job.CheckpointAsync();
        var first = new StateAddress("counts") { WindowStart = DateTimeOffset.UnixEpoch };
        Assert.Equal(25, (await job.QueryStateAsync<int, int>(first, 3, view)).Value);
        Assert.False((await job.QueryStateAsync<int, int>(first with { WindowStart = DateTimeOffset.UnixEpoch.AddSeconds(1) }, 3, view)).Found);
        StateQueryException error = await Assert.ThrowsAsync<StateQueryException>(() => job.QueryStateAsync<int, int>(new StateAddress("counts"), 3, view));
        Assert.Contains("WindowStart", error.Message, StringComparison.Ordinal);
        await job.StopAsync().Soon();
    }

    [Theory, InlineData(StateView.Live), InlineData(StateView.LastCheckpoint)]
    public async Task What_is_not_there_is_named_with_what_is(StateView view)
    {
        var feed = new Feed<Item>().Add(Items(0, 10));
        using EmbeddedJob job = Run.Job(Tally(feed, new Collected<int>()), Manual(1));
        job.Start();
        await ReachesAsync(job, 10);
        await job.CheckpointAsync();
        await FailsAsync(job, new StateAddress("talli"), view, "'talli'", "'tally'");
        await FailsAsync(job, new StateAddress("items"), view, "'items'", "'tally'");
        await FailsAsync(job, new StateAddress("tally") { State = "sum" }, view, "'sum'", "'total', 'seen'");
        await FailsAsync(job, new StateAddress("tally"), view, "2", "'total', 'seen'");
        await FailsAsync(job, Total with { WindowStart = DateTimeOffset.UnixEpoch }, view, "WindowStart");
        StateQueryException error = await Assert.ThrowsAsync<StateQueryException>(() => job.QueryStateAsync<(int, string), Guid>(Total, (1, "k1"), view));
        Assert.Contains("Guid", error.Message, StringComparison.Ordinal);
        await job.StopAsync().Soon();
    }

    [Fact]
    public async Task Live_state_needs_a_running_job_and_a_checkpoint_does_not()
    {
        var store = new MemoryCheckpointStore();
        var feed = new Feed<Item>().Add(Items(0, 100));
        using EmbeddedJob job = Run.Job(Tally(feed, new Collected<int>()), Run.Options(1, store));
        StateQueryException early = await Assert.ThrowsAsync<StateQueryException>(() => job.QueryStateAsync<(int, string), long>(Total, (1, "k1"), StateView.LastCheckpoint));
        Assert.Contains("no complete checkpoint", early.Message, StringComparison.Ordinal);
        job.Start();
        await ReachesAsync(job, 100);
        await job.StopAsync().Soon();
        await Assert.ThrowsAsync<StateQueryException>(() => job.QueryStateAsync<(int, string), long>(Total, (1, "k1")));
        Assert.Equal(Sum(1, 100), (await job.QueryStateAsync<(int, string), long>(Total, (1, "k1"), StateView.LastCheckpoint)).Value);
    }

    [Fact]
    public async Task It_is_answered_while_windows_that_fire_wait_for_a_sink_without_room()
    {
        const int Panes = 50_000;
        var sink = new ClosingSink<int>();
        Item[] items = [.. Items(0, Panes).Append(new Item(int.MaxValue))];
        using EmbeddedJob job = Run.Job(
            job => job.From("items", InMemory.Of(items)).WithTimestamps(item => item.Number == int.MaxValue ? 10_000 : 1).KeyBy(item => item.Number)
                .Window(Tumbling.Of(TimeSpan.FromSeconds(1))).Aggregate("counts", new PerWindow()).To("out", sink),
            Run.Options(1, configure: o => o.BatchSize = 256));
        job.Start();
        await Wait.UntilAsync(() => sink.Refusals >= 100, "the sink has no room", meanwhile: sink.Wake);
        Assert.InRange(sink.Count, 1, Panes - 1);
        var last = new StateAddress("counts") { WindowStart = DateTimeOffset.UnixEpoch.AddSeconds(10) };
        await job.QueryStateAsync<int, int>(last, 7).Soon();
        sink.Open();
        await job.CompletesAsync();
    }

    private static GristmillOptions Manual(int parallelism)
    {
        GristmillOptions options = Run.Options(parallelism);
        options.Checkpoints.Periodic = false;
        return options;
    }

    private static async Task ReachesAsync(EmbeddedJob job, int records)
    {
        await Wait.UntilAsync(() => job.Status.RecordsIn == records, "all are read");

        // What is read is in the operator when its keys' sums say so.
        for (int key = 0; key < Keys && key < records; key++)
        {
            while ((await job.QueryStateAsync<(int, string), long>(Total, (key, $"k{key}")).Soon()).Value != Sum(key, records))
                await Task.Yield();
        }
    }

    private static async Task FailsAsync(EmbeddedJob job, StateAddress state, StateView view, params string[] said)
    {
        StateQueryException error = await Assert.ThrowsAsync<StateQueryException>(() => job.QueryStateAsync<(int, string), long>(state, (1, "k1"), view));
        Assert.All(said, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    private static Action<JobBuilder> Tally(Feed<Item> feed, Collected<int> sink)
        => job => job.From("items", feed).KeyBy(item => (item.Number % Keys, $"k{item.Number % Keys}")).Process("tally", () => new Tallying()).To("out", sink);

    private static Item[] Items(int from, int to) => [.. Enumerable.Range(from, to - from).Select(number => new Item(number))];

    private static long Sum(int key, int below) => Enumerable.Range(0, below).Where(number => number % Keys == key).Sum(number => (long)number);

    private sealed record Item(int Number);

    private sealed class Tallying : KeyedProcessor<(int, string), Item, int>
    {
        private ValueState<long> _total = null!;
        private ListState<int> _seen = null!;

        public override void Open(StateDeclarations states)
        {
            _total = states.Value<long>("total");
            _seen = states.List<int>("seen");
        }

        public override void OnRecord(in Item record, ProcessorContext<(int, string), int> context)
        {
            _total.Update() += record.Number;
            if (record.Number % 2 == 0)
                _seen.Add(record.Number);
        }
    }

    private sealed class Counting : KeyedProcessor<long, long, int>
    {
        private ValueState<int> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<int>("count");

        public override void OnRecord(in long record, ProcessorContext<long, int> context) => _count.Update()++;
    }

    private sealed class PerWindow : WindowAggregate<int, Item, int, int>
    {
        public override int Create() => 0;

        public override void Add(ref int accumulator, in Item record) => accumulator++;

        public override int Result(int key, Window window, in int accumulator) => accumulator;
    }
}
