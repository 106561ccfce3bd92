using Gristmill.Checkpoints;

[assembly: AssemblyFixture(typeof(Gristmill.Cli.Tests.TripsFixture))]

namespace Gristmill.Cli.Tests;

/// <summary>
/// A job with every sort of keyed state. Record i goes to key (airport, day) by i % 3 and i % 2; those from 40 on of airport
/// SFO. Its checkpoints are 1 (records below 40), 2 (below 60) and 3 (the same, at the stop).
/// </summary>
internal static class Trips
{
    public const string Job = "trips";
    public const int First = 40;
    public const int All = 60;

    private static readonly string[] Airports = ["JFK", "LHR", "Lyon"];

    public static Trip[] Rows(int from, int to) => [.. Enumerable.Range(from, to - from).Select(i => new Trip(i, AirportOf(i), i % 2))];

    public static string AirportOf(int number) => number >= First && number % 5 == 0 ? "SFO" : Airports[number % 3];

    /// <summary>The sum of numbers a key has seen.</summary>
    public static long TotalOf(string airport, int day, int below)
        => Enumerable.Range(0, below).Where(number => AirportOf(number) == airport && number % 2 == day).Sum(number => (long)number);

    public static EmbeddedJob Create(Feed<Trip> feed, ICheckpointStore store, Collected<long> totals, string name = Job) => Run.Job(
        job =>
        {
            Stream<Trip> trips = job.From("trips", feed).WithTimestamps(trip => trip.Number);
            trips.KeyBy(trip => new Place(trip.Airport, trip.Day)).Process("tally", () => new Tallying()).To("totals", totals);
            trips.KeyBy(trip => trip.Airport).Window(Tumbling.Of(TimeSpan.FromHours(1))).Aggregate("hourly", new Counting()).To("counts", new Collected<int>());
            trips.KeyBy(trip => (trip.Number % 4, trip.Airport)).Process("pairs", () => new Latest()).To("latest", new Collected<int>());
        },
        Run.Options(2, store), name: name);

    /// <summary>Runs the job up to its third checkpoint.</summary>
    public static async Task WriteAsync(ICheckpointStore store, string name = Job)
    {
        Feed<Trip> feed = new Feed<Trip>().Add(Rows(0, First));
        using EmbeddedJob job = Create(feed, store, new Collected<long>(), name);
        job.Start();
        await Wait.UntilAsync(() => job.Status.RecordsIn == First, "the first records are read");
        Assert.Equal(1, await job.CheckpointAsync());
        feed.Add(Rows(First, All));
        await Wait.UntilAsync(() => job.Status.RecordsIn == All, "all are read");
        Assert.Equal(2, await job.CheckpointAsync());
        await job.StopAsync().Soon();
    }

    internal sealed record Trip(int Number, string Airport, int Day);

    internal sealed record Place(string Airport, int Day);

    private sealed class Tallying : KeyedProcessor<Place, Trip, long>
    {
        private ValueState<long> _total = null!;
        private ListState<int> _seen = null!;
        private MapState<string, int> _tens = null!;

        public override void Open(StateDeclarations states)
        {
            _total = states.Value<long>("total");
            _seen = states.List<int>("seen");
            _tens = states.Map<string, int>("tens");
        }

        public override void OnRecord(in Trip record, ProcessorContext<Place, long> context)
        {
            _total.Update() += record.Number;
            _seen.Add(record.Number);
            _tens[$"t{record.Number / 10}"] = record.Number;
            context.SetTimer(TimerKind.EventTime, 86_400_000);
            context.Emit(_total.Value);
        }
    }

    private sealed class Counting : WindowAggregate<string, Trip, int, int>
    {
        public override void Add(ref int accumulator, in Trip record) => accumulator++;

        public override int Result(string key, Window window, in int accumulator) => accumulator;
    }

    private sealed class Latest : KeyedProcessor<(int, string), Trip, int>
    {
        private ValueState<Trip> _last = null!;

        public override void Open(StateDeclarations states) => _last = states.Value<Trip>("last");

        public override void OnRecord(in Trip record, ProcessorContext<(int, string), int> context) => _last.Value = record;
    }
}

/// <summary>A store with the one job, which tests only read; those that change it take a copy.</summary>
public sealed class TripsFixture : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    /// <summary>The store's folder.</summary>
    public string Folder => _folder.Path;

    public async ValueTask InitializeAsync() => await Trips.WriteAsync(new FileCheckpointStore(Folder));

    /// <summary>A copy to be changed.</summary>
    internal TempFolder Copy()
    {
        var copy = new TempFolder();
        foreach (string file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy.Path, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return copy;
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return default;
    }
}

/// <summary>What goes wrong with files.</summary>
internal static class Damage
{
    /// <summary>Changes one bit of a file.</summary>
    public static void Flip(string path, int at)
    {
        byte[] bytes = File.ReadAllBytes(path);
        bytes[at] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
