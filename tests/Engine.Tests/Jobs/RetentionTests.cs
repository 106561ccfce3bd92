using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Checkpoints;
using Gristmill.Engine.Tests.Operators;

namespace Gristmill.Engine.Tests.Jobs;

/// <summary>Jobs whose checkpoints are retained by count, by age and in tiers.</summary>
public sealed class RetentionTests
{
    private const int BeforeFirst = 100;
    private const int PerCheckpoint = 3;
    private readonly ManualTime _time = new();
    private readonly FaultyStore _store;
    private readonly Feed<Event> _feed = new();
    private readonly Collected<string> _collected = new();
    private readonly CapturedLog _log = new();

    // The ages of its objects go by the job's clock.
    public RetentionTests() => _store = new FaultyStore(new MemoryCheckpointStore(_time));

    [Theory, InlineData(1), InlineData(3)]
    public async Task Every_retained_checkpoint_of_many_incremental_ones_is_whole_and_restores_to_exact_output(int parallelism)
    {
        // So many keys that three of them are a small change.
        Event[] events = [.. Enumerable.Range(0, BeforeFirst + 60 * PerCheckpoint + 50).Select(n => new Event($"key {n % 97}", n, n))];
        Dictionary<long, int> readAt = await TakeManyAsync(parallelism, events);
        HeadContent head = await OlderCheckpoint.HeadAsync(_store);

        // 180 s: the last 3; the first of each 10 s of the last 40 s; the first of each 60 s.
        Assert.InRange(head.Committed().Count(), 7, 12);
        Assert.True(head.Committed().Last().Checkpoint <= 5);
        Assert.True(await ReachesForgottenAsync(head), "Some retained checkpoint needs files of ones that are not retained; else this shows nothing.");
        foreach (ManifestReference one in head.Committed())
        {
            Assert.Empty(await CheckpointVerifier.VerifyAsync(_store, one));
            var collected = new Collected<string>();
            var feed = new Feed<Event>().Add(events).Complete();
            using EmbeddedJob job = Run.Job(job => Build(job, feed, collected), Options(parallelism, await OlderCheckpoint.CopyAsync(_store, "job", one)), _log);
            await job.CompletesAsync();

            // Its own epoch is published again, as after any restart: what was read since the checkpoint before.
            int before = readAt.Where(other => other.Key < one.Checkpoint).Select(other => other.Value).DefaultIfEmpty().Max();
            Assert.Equal(Events.RunningSums(events).Except(Events.RunningSums(events[..before])).Order(StringComparer.Ordinal), collected.Rows.Order(StringComparer.Ordinal));
        }

        Assert.Empty(_log.Of(8));
        Assert.Empty(_log.Of(16));
        Assert.Empty(_log.Of(30));
    }

    [Fact]
    public async Task A_retained_manifest_that_is_damaged_keeps_what_it_may_need_and_is_told_once()
    {
        using EmbeddedJob job = Start(1, Events.Make(100), o => o.Checkpoints.Retain = 3);
        for (int n = 1; n <= 4; n++)
            await CheckpointAsync(job);
        await Wait.UntilAsync(() => Stored() is [2, 3, 4], "the first is collected");
        await job.CancelAsync().Soon();
        string damaged = CheckpointLayout.Manifest("job", 3, 1);
        await Samples.ReplaceAsync(_store.Inner, damaged, (await Samples.BytesAsync(_store.Inner, damaged)).AsMemory(1));

        using EmbeddedJob second = Start(1, [], o => o.Checkpoints.Retain = 3);
        await CheckpointAsync(second);
        await Wait.UntilAsync(() => _log.Of(30).Count == 1, "the doubt is told");
        Assert.Equal([2L, 3, 4, 5], Stored());
        await CheckpointAsync(second);

        // The head has forgotten the damaged one, and with it the doubt.
        await Wait.UntilAsync(() => Stored() is [4, 5, 6], "all others are collected");
        Assert.Contains("checkpoint 3", Assert.Single(_log.Of(30)).Text, StringComparison.Ordinal);
        Assert.Empty(_log.Of(16));
    }

    [Fact]
    public async Task The_copies_in_a_second_store_are_thinned_out_by_the_same_rules()
    {
        var second = new MemoryCheckpointStore(_time);
        using EmbeddedJob job = Start(1, Events.Make(100), o =>
        {
            Tiers(o);
            o.Checkpoints.CopyTo = second;
        });
        for (int n = 1; n <= 30; n++)
        {
            long taken = await CheckpointAsync(job);
            await Wait.UntilAsync(() => job.CheckpointCopy?.LastCheckpoint == taken, "it is copied");
        }

        HeadContent first = await OlderCheckpoint.HeadAsync(_store), copied = await OlderCheckpoint.HeadAsync(second);
        Assert.Equal(first.Committed(), copied.Committed());
        Assert.True(copied.Retained.Count > 3);
        await job.CancelAsync().Soon();
        foreach (ManifestReference one in copied.Committed())
            Assert.Empty(await CheckpointVerifier.VerifyAsync(second, one));
    }

    [Fact]
    public async Task A_clock_that_goes_back_costs_no_checkpoint()
    {
        using EmbeddedJob job = Start(1, Events.Make(100), Tiers);
        for (int n = 1; n <= 10; n++)
            await CheckpointAsync(job);
        List<ManifestReference> before = [.. (await OlderCheckpoint.HeadAsync(_store)).Committed()];
        _time.Advance(-TimeSpan.FromDays(30));
        await CheckpointAsync(job);
        List<ManifestReference> after = [.. (await OlderCheckpoint.HeadAsync(_store)).Committed()];

        // The eighth leaves the last three, and is the first of its slot.
        Assert.Equal(before, after.Skip(1));
    }

    /// <summary>Takes 60, of which every seventh fails.</summary>
    /// <returns>How many records had been read at each.</returns>
    private async Task<Dictionary<long, int>> TakeManyAsync(int parallelism, Event[] events)
    {
        _store.Before = (operation, name) => operation == "complete" && CheckpointLayout.Parse(name) is { Kind: CheckpointObjectKind.NodeFile, Checkpoint: var number } && number % 7 == 0
            ? throw new CheckpointStoreException("planted: full")
            : Task.CompletedTask;
        var readAt = new Dictionary<long, int>();
        using EmbeddedJob job = Start(parallelism, events[..(BeforeFirst + 59 * PerCheckpoint)], Tiers, BeforeFirst);
        for (int n = 1; n <= 60; n++)
        {
            try
            {
                readAt.Add(await CheckpointAsync(job), BeforeFirst + (n - 1) * PerCheckpoint);
            }
            catch (InvalidOperationException e)
            {
                Assert.Contains("planted", e.Message, StringComparison.Ordinal);
            }
        }

        await Wait.UntilAsync(() => Stored().SequenceEqual(OlderCheckpoint.HeadAsync(_store).Result.Committed().Select(one => one.Checkpoint).Order()), "all others are collected");
        await job.CancelAsync().Soon();
        return readAt;
    }

    private static void Tiers(GristmillOptions options)
    {
        options.Checkpoints.Retain = 3;
        options.Checkpoints.RetentionTiers.Add(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(40)).Add(TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
    }

    private int _next;
    private Event[] _events = [];

    private EmbeddedJob Start(int parallelism, Event[] events, Action<GristmillOptions> configure, int fed = 0)
    {
        _events = events;
        _next = 0;
        _feed.Add(events[..fed]);
        _next = fed;
        EmbeddedJob job = Run.Job(job => Build(job, _feed, _collected), Options(parallelism, _store, configure), _log, _time);
        job.Start();
        return job;
    }

    /// <summary>Waits until what was fed is read, takes a checkpoint, feeds more; then 3 s pass.</summary>
    private async Task<long> CheckpointAsync(EmbeddedJob job)
    {
        await Wait.UntilAsync(() => job.Status.State == JobState.Running && job.Status.RecordsIn >= _next, "it reads");
        try
        {
            return await job.CheckpointAsync().Soon();
        }
        finally
        {
            int more = Math.Min(PerCheckpoint, _events.Length - _next);
            _next += more;
            _feed.Add(_events[(_next - more).._next]);
            _time.Advance(TimeSpan.FromSeconds(3));
        }
    }

    private static void Build(JobBuilder job, Feed<Event> feed, Collected<string> collected)
        => job.From("events", feed).KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", collected);

    private static GristmillOptions Options(int parallelism, ICheckpointStore store, Action<GristmillOptions>? configure = null) => Run.Options(parallelism, store, o =>
    {
        o.Checkpoints.MinimumAge = TimeSpan.Zero;
        o.Checkpoints.ToleratedFailures = 100;

        // So that a few changes are a delta. The tests ask for all checkpoints themselves.
        o.Checkpoints.FewEntries = 0;
        o.Checkpoints.Periodic = true;
        o.Checkpoints.Interval = TimeSpan.FromDays(1);
        configure?.Invoke(o);
    });

    private List<long> Stored()
    {
        var found = new List<long>();
        foreach (StoredObject item in _store.ListAsync("job/").ToBlockingEnumerable())
        {
            if (CheckpointLayout.Parse(item.Name) is { Kind: CheckpointObjectKind.Manifest } manifest)
                found.Add(manifest.Checkpoint);
        }

        return found;
    }

    private async Task<bool> ReachesForgottenAsync(HeadContent head)
    {
        HashSet<long> retained = [.. head.Committed().Select(one => one.Checkpoint)];
        foreach (ManifestReference one in head.Committed())
        {
            if ((await ManifestFile.ReadAsync(_store, one)).Blocks.Any(block => !retained.Contains(CheckpointLayout.Parse(block.File).Checkpoint)))
                return true;
        }

        return false;
    }
}
