using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Checkpoints.Copies;

/// <summary>A job whose checkpoints are copied to a second store, and what is left when the first is gone.</summary>
public sealed class SecondStoreTests
{
    [Fact]
    public async Task Restarted_from_the_second_store_after_the_first_is_deleted_the_output_is_exact()
    {
        Event[] events = Events.Make(300);
        var feed = new Feed<Event>().Add(events[..100]);
        var collected = new Collected<string>();
        void Build(JobBuilder job) => job.From("events", feed).KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", collected);
        using var folders = new TempFolder();
        string first = Path.Combine(folders.Path, "first"), second = Path.Combine(folders.Path, "second");
        using (EmbeddedJob job = Run.Job(Build, Run.Options(2, new FileCheckpointStore(first), o => o.Checkpoints.CopyTo = new FileCheckpointStore(second))))
        {
            job.Start();
            await Wait.UntilAsync(() => job.Status.RecordsIn == 100, "it reads");
            long checkpoint = await job.CheckpointAsync().Soon();
            await Wait.UntilAsync(() => job.CheckpointCopy?.LastCheckpoint == checkpoint, "the checkpoint is copied");
            Assert.True(job.CheckpointCopy is { Copied: 1, Failures: 0, LastError: null, Bytes: > 0 });

            // Read, and lost with the first store.
            feed.Add(events[100..200]);
            await Wait.UntilAsync(() => job.Status.RecordsIn == 200, "it reads on");
            await job.CancelAsync().Soon();
        }

        Directory.Delete(first, recursive: true);
        feed.Add(events[200..]).Complete();
        using (EmbeddedJob job = Run.Job(Build, Run.Options(3, new FileCheckpointStore(second))))
        {
            await job.CompletesAsync();

            // Above every generation the first store may have given out unseen.
            Assert.Equal(1002, job.Status.Generation);
        }
        Assert.Equal(Events.RunningSums(events), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_last_checkpoint_of_a_job_is_copied_before_it_ends()
    {
        var second = new MemoryCheckpointStore();
        var collected = new Collected<int>();
        void Build(JobBuilder job) => job.From("in", InMemory.Of(1, 2, 3)).To("out", collected);
        using (EmbeddedJob job = Run.Job(Build, Run.Options(configure: o => o.Checkpoints.CopyTo = second)))
            await job.CompletesAsync();
        using (EmbeddedJob job = Run.Job(Build, Run.Options(store: second)))
            Assert.True((await job.EndsAsync()).WasCompleteBefore);
        Assert.Equal([1, 2, 3], collected.Rows);
    }

    [Fact]
    public async Task No_commit_waits_for_a_copy_and_one_copy_at_a_time_goes_to_the_newest()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int atOnce = 0, most = 0;
        var second = new FaultyStore
        {
            Before = async (operation, _) =>
            {
                if (operation != "create")
                    return;
                most = Math.Max(most, Interlocked.Increment(ref atOnce));
                await gate.Task;
                Interlocked.Decrement(ref atOnce);
            },
        };
        var feed = new Feed<int>().Add(1);
        using EmbeddedJob job = Run.Job(job => job.From("in", feed).To("out", new Collected<int>()), Run.Options(configure: o => o.Checkpoints.CopyTo = second));
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == 1, "it reads");
        for (int n = 0; n < 5; n++)
            await job.CheckpointAsync().Soon();
        Assert.Null(job.CheckpointCopy!.LastCheckpoint);
        long newest = job.Status.LastCheckpoint!.Number;
        gate.SetResult();
        await Wait.UntilAsync(() => job.CheckpointCopy.LastCheckpoint == newest, "the newest is copied");
        Assert.Equal((2L, 1), (job.CheckpointCopy.Copied, most));
        feed.Complete();
        await job.CompletesAsync();
    }

    [Fact]
    public async Task A_second_store_that_fails_is_logged_and_counted_and_fails_no_checkpoint()
    {
        bool away = true;
        var second = new FaultyStore { Before = (_, _) => away ? throw new CheckpointStoreException("planted: away") : Task.CompletedTask };
        using var log = new CapturedLog();
        var feed = new Feed<int>().Add(1);
        using EmbeddedJob job = Run.Job(job => job.From("in", feed).To("out", new Collected<int>()), Run.Options(configure: o => o.Checkpoints.CopyTo = second), log);
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == 1, "it reads");
        await job.CheckpointAsync().Soon();
        await Wait.UntilAsync(() => job.CheckpointCopy is { Failures: > 0, LastError: "planted: away" }, "the failure shows");
        Assert.NotEmpty(log.Of(43));
        away = false;
        long next = await job.CheckpointAsync().Soon();
        await Wait.UntilAsync(() => job.CheckpointCopy is { LastError: null } copy && copy.LastCheckpoint == next, "the next is copied");
        feed.Complete();
        await job.CompletesAsync();
    }

    [Fact]
    public async Task The_second_store_keeps_what_its_own_head_reaches()
    {
        var second = new MemoryCheckpointStore();
        var feed = new Feed<int>().Add(1);
        using EmbeddedJob job = Run.Job(job => job.From("in", feed).To("out", new Collected<int>()), Run.Options(configure: o =>
        {
            o.Checkpoints.CopyTo = second;
            o.Checkpoints.Retain = 2;
            o.Checkpoints.MinimumAge = TimeSpan.Zero;
        }));
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == 1, "it reads");
        long last = 0;
        for (int n = 0; n < 5; n++)
        {
            last = await job.CheckpointAsync().Soon();
            await Wait.UntilAsync(() => job.CheckpointCopy?.LastCheckpoint == last, "it is copied");
        }
        feed.Complete();
        await job.CompletesAsync();
        var kept = new HashSet<long>();
        await foreach (StoredObject item in second.ListAsync("job/"))
            kept.Add(CheckpointLayout.Parse(item.Name).Checkpoint);
        Assert.Equal([last, last + 1], kept.Order());
        HeadContent head = HeadContent.Decode((await second.ReadHeadAsync("job"))!.Content, "head");
        foreach (ManifestReference one in head.Committed())
            Assert.Empty(await CheckpointVerifier.VerifyAsync(second, one));
    }
}
