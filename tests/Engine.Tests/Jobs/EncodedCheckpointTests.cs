using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Checkpoints;

namespace Gristmill.Engine.Tests.Jobs;

/// <summary>Jobs whose checkpoints are compressed and encrypted.</summary>
public sealed class EncodedCheckpointTests
{
    private static readonly StateAddress Count = new("count") { State = "count" };

    [Theory, InlineData(false), InlineData(true)]
    public async Task State_is_restored_and_looked_up_from_compressed_and_encrypted_checkpoints(bool onDisk)
    {
        using var folder = new TempFolder();
        ICheckpointStore store = onDisk ? new FileCheckpointStore(folder.Path) : new MemoryCheckpointStore();
        var feed = new Feed<int>().Add(Enumerable.Range(0, 2_000).ToArray());
        await RunUntilStoppedAsync(feed, store, Encode(new CheckpointKeys("k1", Encodings.Key(1))), 2_000, 200);

        // The key is rotated and the compression taken away; what lies there stays readable.
        feed.Add(Enumerable.Range(0, 100).ToArray());
        await RunUntilStoppedAsync(
            feed, store, o => o.Checkpoints.Encryption = new CheckpointEncryption(new CheckpointKeys("k2", Encodings.Key(2)).Add("k1", Encodings.Key(1))), 100, 210);
    }

    [Fact]
    public async Task A_job_with_a_wrong_key_can_not_start_and_says_which_it_is()
    {
        var store = new MemoryCheckpointStore();
        var feed = new Feed<int>().Add(1, 2, 3);
        await RunUntilStoppedAsync(feed, store, Encode(new CheckpointKeys("k1", Encodings.Key(1))), 3, 1);
        foreach (Action<GristmillOptions> configure in new[] { Encode(new CheckpointKeys("k1", Encodings.Key(2))), Encode(new CheckpointKeys("k2", Encodings.Key(1))), _ => { } })
        {
            using EmbeddedJob job = Run.Job(Build(feed), Run.Options(1, store, configure));
            JobOutcome outcome = await job.EndsAsync();
            Assert.Equal(JobState.Failed, outcome.State);
            Assert.Contains("'k1'", outcome.Error!.ToString(), StringComparison.Ordinal);
        }
    }

    private static Action<GristmillOptions> Encode(CheckpointKeys keys) => o =>
    {
        o.Checkpoints.Compression = BlockCompression.Brotli();
        o.Checkpoints.Encryption = new CheckpointEncryption(keys);
    };

    private static async Task RunUntilStoppedAsync(Feed<int> feed, ICheckpointStore store, Action<GristmillOptions> configure, int records, long seen)
    {
        using EmbeddedJob job = Run.Job(Build(feed), Run.Options(2, store, configure));
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn >= records, "all are read");
        await job.CheckpointAsync().Soon();
        Assert.Equal(seen, (await job.QueryStateAsync<int, long>(Count, 1, StateView.LastCheckpoint)).Value);
        await job.StopAsync().Soon();
    }

    private static Action<JobBuilder> Build(Feed<int> feed) =>
        job => job.From("in", feed).KeyBy(n => n % 10).Process("count", () => new Counting()).To("out", new Collected<long>());

    private sealed class Counting : KeyedProcessor<int, int, long>
    {
        private ValueState<long> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<long>("count");

        public override void OnRecord(in int record, ProcessorContext<int, long> context) => _count.Update()++;
    }
}
