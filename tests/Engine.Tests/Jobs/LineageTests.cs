using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests.Jobs;

public sealed class LineageTests
{
    [Fact]
    public async Task Generations_that_follow_from_each_other_are_of_one_lineage_and_their_epochs_only_rise()
    {
        var store = new MemoryCheckpointStore();
        var sink = new Noting();
        await OnceAsync(store, sink);
        await OnceAsync(store, sink);
        Assert.Equal(2, sink.Seen.Count);
        Assert.NotEmpty(sink.Seen[0].Lineage);
        Assert.Equal(sink.Seen[0].Lineage, sink.Seen[1].Lineage);
        Assert.Equal([1, 2], sink.Seen.Select(seen => seen.FirstEpoch));
    }

    [Fact]
    public async Task A_job_started_anew_is_of_another()
    {
        var sink = new Noting();
        await OnceAsync(new MemoryCheckpointStore(), sink);
        await OnceAsync(new MemoryCheckpointStore(), sink);
        Assert.NotEqual(sink.Seen[0].Lineage, sink.Seen[1].Lineage);
    }

    [Fact]
    public async Task A_job_that_goes_on_from_a_copy_is_of_another()
    {
        var store = new MemoryCheckpointStore();
        var copy = new MemoryCheckpointStore();
        var sink = new Noting();
        await OnceAsync(store, sink);
        await new CheckpointCopier(store, copy, "job").CopyNewestAsync(TestContext.Current.CancellationToken);
        await OnceAsync(copy, sink);
        Assert.NotEqual(sink.Seen[0].Lineage, sink.Seen[1].Lineage);
        Assert.Equal(2, sink.Seen[1].FirstEpoch);
    }

    [Fact]
    public async Task A_head_of_before_there_were_lineages_gets_one_that_stays()
    {
        var store = new MemoryCheckpointStore();
        var sink = new Noting();
        await OnceAsync(store, sink);
        StoredHead head = (await store.ReadHeadAsync("job", TestContext.Current.CancellationToken))!;
        HeadContent old = HeadContent.Decode(head.Content, "head") with { Lineage = null };
        Assert.True(await store.TryMoveHeadAsync("job", head.Version, old.Encode(), TestContext.Current.CancellationToken));
        await OnceAsync(store, sink);
        await OnceAsync(store, sink);
        Assert.NotEmpty(sink.Seen[1].Lineage);
        Assert.Equal(sink.Seen[1].Lineage, sink.Seen[2].Lineage);
    }

    [Fact]
    public async Task A_sink_is_closed_when_its_generation_ends()
    {
        var sink = new Noting();
        await OnceAsync(new MemoryCheckpointStore(), sink);
        Assert.Equal(1, sink.Closed);
    }

    private static async Task OnceAsync(ICheckpointStore store, Noting sink)
    {
        using EmbeddedJob job = Run.Job(job => job.From("feed", new Feed<int>().Add(1)).To("out", sink), Run.Options(store: store));
        job.Start();
        await job.CheckpointAsync().Soon();
        await job.CancelAsync();
        await job.Completion.Soon();
    }

    private sealed class Noting : TransactionalSink<int, int[]>
    {
        public List<(string Lineage, long FirstEpoch)> Seen { get; } = [];

        public int Closed { get; private set; }

        public override SinkWriter<int, int[]> OpenWriter(SinkContext context) => new Writer();

        public override ValueTask CommitAsync(IReadOnlyList<Staged<int[]>> staged, SinkContext context, CancellationToken cancellationToken) => default;

        public override ValueTask CleanUpAsync(SinkContext context, CancellationToken cancellationToken)
        {
            Seen.Add((context.Lineage, context.FirstEpoch));
            return default;
        }

        public override ValueTask CloseAsync(SinkContext context)
        {
            Closed++;
            return default;
        }

        private sealed class Writer : SinkWriter<int, int[]>
        {
            public override void Write(ReadOnlySpan<int> records)
            {
            }

            public override ValueTask<StagedOutput<int[]>?> StageAsync(long epoch, CancellationToken cancellationToken) => default;
        }
    }
}
