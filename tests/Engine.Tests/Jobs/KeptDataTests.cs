using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Checkpoints;

namespace Gristmill.Engine.Tests.Jobs;

/// <summary>
/// Checkpoints and savepoints of every version are kept in <c>Data</c> for ever and must load. A version that changes what
/// is written adds a folder: run the explicit test with GRISTMILL_KEEP_DATA naming it; none is ever changed.
/// </summary>
public sealed class KeptDataTests
{
    private const int Before = 1_200;
    private const int All = 2_000;
    private const int Keys = 300;

    // What the last epoch staged is in the checkpoint, and published again by who goes on from it; a savepoint leaves it out.
    private const int Staged = 20;

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Data");

    public static TheoryData<string> Versions => [.. Directory.GetDirectories(Folder).Select(folder => Path.GetFileName(folder)!)];

    [Theory, MemberData(nameof(Versions))]
    public async Task A_job_goes_on_from_a_checkpoint_of_every_version(string version)
    {
        foreach (int parallelism in (int[])[1, 3])
        {
            using TempFolder again = Copy(version);
            await GoesOnAsync(Options(parallelism, new FileCheckpointStore(again.Path)), "kept", Staged);
        }
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task A_job_begins_from_a_savepoint_of_every_version(string version)
    {
        using TempFolder copy = Copy(version);
        GristmillOptions options = Options(2, new MemoryCheckpointStore());
        options.Checkpoints.StartFrom = new SavepointStart("kept") { Job = "kept", Store = new FileCheckpointStore(copy.Path) };
        await GoesOnAsync(options, "other", staged: 0);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task The_state_of_every_version_is_read_without_the_jobs_types(string version)
    {
        using TempFolder copy = Copy(version);
        CheckpointReader reader = (await CheckpointReader.OpenNewestAsync(new FileCheckpointStore(copy.Path), "kept", TestContext.Current.CancellationToken))!;
        IReadOnlyList<StateEntry> found = await reader.FindAsync("visits", StateTables.State, null, key => key?.ToString() is { } text && text.Contains("k7\"", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, Before).Count(n => n % Keys == 7), found.Single().States.Single(state => state.Key == "count").Value.Read<int>());
        Assert.Contains(reader.Manifest.Blocks, block => block.Kind == BlockKind.Delta);
    }

    [Fact(Explicit = true)]
    public async Task Data_of_this_version_is_written()
    {
        string folder = Environment.GetEnvironmentVariable("GRISTMILL_KEEP_DATA") ?? throw new InvalidOperationException("GRISTMILL_KEEP_DATA names no folder.");
        var store = new FileCheckpointStore(folder);
        var feed = new Feed<Visit>().Add(Visits(0, Before - Staged));
        GristmillOptions options = Options(2, store);
        options.Checkpoints.Periodic = true;
        options.Checkpoints.Interval = TimeSpan.FromHours(1);
        options.Checkpoints.FewEntries = 0;
        options.Checkpoints.Retain = 1;
        options.Checkpoints.MinimumAge = TimeSpan.Zero;
        using EmbeddedJob job = Run.Job(Build(feed, new Collected<string>(), new Collected<string>()), options, name: "kept");
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == Before - Staged, "most is read");
        await job.CheckpointAsync();
        feed.Add(Visits(Before - Staged, Before));
        await Wait.UntilAsync(() => job.Status.RecordsIn == Before, "all is read");
        await job.StopAsync("kept");
    }

    private static async Task GoesOnAsync(GristmillOptions options, string name, int staged)
    {
        var visits = new Collected<string>();
        var hours = new Collected<string>();
        var feed = new Feed<Visit>().Add(Visits(0, All)).Complete();
        using EmbeddedJob job = Run.Job(Build(feed, visits, hours), options, name: name);
        await job.CompletesAsync();
        Assert.Equal(All - Before, job.Status.RecordsIn);

        // The run nobody disturbed, but for what it had published before.
        var allVisits = new Collected<string>();
        var allHours = new Collected<string>();
        await Run.ToEndAsync(Build(feed, allVisits, allHours), Options(1, new MemoryCheckpointStore()));
        Assert.Equal(All - Before + Keys + staged, visits.Rows.Count);
        Assert.Empty(visits.Rows.Except(allVisits.Rows, StringComparer.Ordinal));
        Assert.Equal(allVisits.Rows.Where(row => row.StartsWith("end ", StringComparison.Ordinal)).Order(StringComparer.Ordinal), visits.Rows.Where(row => row.StartsWith("end ", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.NotEmpty(hours.Rows);
        Assert.Empty(hours.Rows.Except(allHours.Rows, StringComparer.Ordinal));
    }

    private static TempFolder Copy(string version)
    {
        var copy = new TempFolder();
        string from = Path.Combine(Folder, version);
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string to = Path.Combine(copy.Path, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        return copy;
    }

    private static GristmillOptions Options(int parallelism, ICheckpointStore store) => Run.Options(parallelism, store);

    private static Visit[] Visits(int from, int to) => [.. Enumerable.Range(from, to - from).Select(n => new Visit($"k{n % Keys}", n, n * 10L))];

    private static Action<JobBuilder> Build(Feed<Visit> feed, Collected<string> visits, Collected<string> hours) => job =>
    {
        Stream<Visit> all = job.From("feed", feed).WithTimestamps(v => v.At);
        all.KeyBy(v => (v.Number % 2, v.Key)).Process("visits", () => new Counting()).To("visit-rows", visits);
        all.KeyBy(v => v.Key).Window(Tumbling.Of(TimeSpan.FromSeconds(5))).Aggregate("hours", new PerWindow()).To("hour-rows", hours);
    };

    private readonly record struct Visit(string Key, int Number, long At);

    private sealed class Counting : KeyedProcessor<(int Odd, string Key), Visit, string>
    {
        private ValueState<int> _count = null!;
        private ListState<int> _seen = null!;
        private MapState<int, string> _byTen = null!;

        public override void Open(StateDeclarations states)
        {
            _count = states.Value<int>("count");
            _seen = states.List<int>("seen");
            _byTen = states.Map<int, string>("by-ten");
        }

        public override void OnRecord(in Visit record, ProcessorContext<(int Odd, string Key), string> context)
        {
            _count.Update()++;
            _seen.Add(record.Number);
            _byTen[record.Number % 10] = record.Key;
            if (_count.Value == 1)
                context.SetTimer(TimerKind.EventTime, 1_000_000);
            context.Emit($"{context.Key} {_count.Value}");
        }

        public override void OnTimer(in DueTimer timer, ProcessorContext<(int Odd, string Key), string> context)
            => context.Emit($"end {context.Key} {_count.Value} {string.Join(',', _seen)} {string.Join(',', _byTen.Select(pair => $"{pair.Key}={pair.Value}").Order(StringComparer.Ordinal))}");
    }

    private sealed class PerWindow : WindowAggregate<string, Visit, (int Count, long Sum), string>
    {
        public override void Add(ref (int Count, long Sum) accumulator, in Visit record) => accumulator = (accumulator.Count + 1, accumulator.Sum + record.Number);

        public override string Result(string key, Window window, in (int Count, long Sum) accumulator) => $"{key} {window.StartMs} {accumulator.Count} {accumulator.Sum}";
    }
}
