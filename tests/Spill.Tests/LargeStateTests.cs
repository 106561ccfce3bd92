using System.Diagnostics;
using Gristmill.Checkpoints;
using Gristmill.Engine.Tests;
using Gristmill.Engine.Tests.Checkpoints;

namespace Gristmill.Spill.Tests;

/// <summary>Alone in the process: what it takes of memory is measured.</summary>
[CollectionDefinition(nameof(LargeStateTests), DisableParallelization = true)]
public sealed class Alone;

/// <summary>State of eleven times the memory there is for it.</summary>
[Collection(nameof(LargeStateTests))]
public sealed class LargeStateTests
{
    private const int Keys = 2_000_000;
    private const int Again = Keys / 8;
    private const long Budget = 32 << 20;

    // An entry: key 8, control 8, value 168; in memory it would be twice as much, with the slots that are free.
    private const long StateBytes = Keys * 184L;

    // The budget, the index of what is on disk, and what does not depend on the state: 80 MB that checkpoints keep of their
    // buffers, and what the collector leaves lying of arrays that blocks and groups were in.
    private const long Bound = Budget + (Keys * 17L) + (80 << 20) + (144 << 20);

    [Fact]
    public async Task Memory_stays_bounded_while_state_is_made_changed_checkpointed_and_restored()
    {
        using var folder = new TempFolder();
        Assert.True(StateBytes > 10 * Budget && Bound < StateBytes);
        long before = MemoryNow();
        var feed = new LongFeed(Keys);
        Assert.InRange(await GrowthAsync(folder, feed, 0, before), 0, Bound);
        feed.Continue(Again);
        Assert.InRange(await GrowthAsync(folder, feed, Again, before), 0, Bound);
    }

    /// <summary>Runs the job until it is stopped or ends, and sees to its memory.</summary>
    private static async Task<long> GrowthAsync(TempFolder folder, LongFeed feed, int again, long before)
    {
        var second = new Collected<long>();
        GristmillOptions options = Run.Options(2, new FileCheckpointStore(Path.Combine(folder.Path, "checkpoints")), o =>
        {
            o.State.UseSpill(Path.Combine(folder.Path, "spill"), Budget);
            o.BatchSize = 1024;
            o.ChannelCapacity = 8;
            o.KeyGroups = 256;
            o.Checkpoints.Periodic = true;
            o.Checkpoints.Interval = TimeSpan.FromMilliseconds(500);
        });
        using EmbeddedJob job = Run.Job(job => job.From("numbers", feed).KeyBy(n => n).Process("twice", () => new Twice()).To("out", second), options);
        job.Start();
        long most = 0;
        long records = again == 0 ? Keys : again;
        long started = Stopwatch.GetTimestamp();
        while (job.Status.RecordsIn < records && !job.Completion.IsCompleted && Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(3))
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            most = Math.Max(most, MemoryNow());
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{Stopwatch.GetElapsedTime(started)}, {job.CompletedCheckpoints.Count} checkpoints");

        JobOutcome outcome = await job.StopAsync().WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.True(outcome.Error is null, $"{outcome.Error}");
        most = Math.Max(most, MemoryNow());

        // Each key that came again has found what it had: its own number, from the first time.
        Assert.Equal(again, second.Rows.Count);
        Assert.All(second.Rows, row => Assert.Equal(0, row));
        TestContext.Current.TestOutputHelper?.WriteLine($"{(most - before) >> 20} MB more than before, of {Bound >> 20} MB");
        return most - before;
    }

    private static long MemoryNow() => Environment.WorkingSet;
}
