using System.Globalization;
using Gristmill.Checkpoints;

namespace Gristmill.Files.Tests;

/// <summary>Files are read, and files written, while the parallelism changes.</summary>
public class RescaleTests
{
    private const int Files = 5;
    private const int RowsOfEach = 800;
    private const int Keys = 300;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Rows_read_half_and_output_staged_half_are_in_the_files_once()
    {
        using var directory = new TempDirectory();
        for (int file = 0; file < Files; file++)
        {
            IEnumerable<string> rows = Enumerable.Range(0, RowsOfEach).Select(row => Line(row, file));
            directory.WriteAs($"in/{file}.csv{(file % 2 == 0 ? "" : ".gz")}", $"id,name\n{string.Concat(rows)}");
        }

        var held = new Held(Csv.Read<Item>(directory["in/*"]));
        using EmbeddedJob job = Open(directory, held);
        job.Start();
        int parallelism = 1;
        foreach ((int limit, int to) in new[] { (700, 3), (1800, 2), (2900, 4) })
        {
            held.Limit = limit;
            await UntilAsync(() => job.Status.RecordsIn >= limit - (Files * 64), job);
            Task<RescaleResult> rescaling = job.RescaleAsync(to, TestContext.Current.CancellationToken);
            held.Limit = limit + 400;
            RescaleResult result = await rescaling.WaitAsync(Bound, TestContext.Current.CancellationToken);
            Assert.Equal((parallelism, to), (result.From, result.To));
            parallelism = to;
        }

        held.Limit = int.MaxValue;
        JobOutcome outcome = await job.Completion.WaitAsync(Bound, TestContext.Current.CancellationToken);
        Assert.True(outcome.State == JobState.Completed, $"{outcome.State}: {outcome.Error}");
        IEnumerable<string> expected = Enumerable.Range(0, Files).SelectMany(file => Enumerable.Range(0, RowsOfEach).GroupBy(row => row % Keys)
            .SelectMany(key => key.Select((_, i) => $"{i + 1},{Name(key.Key, file)}")));
        Assert.Equal(expected.Order(StringComparer.Ordinal), Written(directory).Order(StringComparer.Ordinal));
        Assert.Equal(0, job.Status.Restarts);
    }

    private static string Name(int row, int file) => $"{file}-{(row % Keys).ToString(CultureInfo.InvariantCulture)}";

    private static string Line(int row, int file) => $"{row},{Name(row, file)}\n";

    private static IEnumerable<string> Written(TempDirectory directory)
        => Directory.GetFiles(directory["out"], "*.csv").SelectMany(file => File.ReadLines(file).Skip(1));

    private static EmbeddedJob Open(TempDirectory directory, Held source)
    {
        var options = new GristmillOptions { Parallelism = 1, WorkerThreads = 2, BatchSize = 64, KeyGroups = 16 };
        options.Checkpoints.Store = new FileCheckpointStore(directory["checkpoints"]);
        options.Checkpoints.Interval = TimeSpan.FromMilliseconds(20);
        return new EmbeddedJob("job", new Job(source, directory["out"]), options);
    }

    private static async Task UntilAsync(Func<bool> condition, EmbeddedJob job)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Bound && !job.Completion.IsCompleted, $"This did not come about: {job.Status}");
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
    }

    private sealed class Job(Held source, string output) : IJob
    {
        public void Build(JobBuilder job)
            => job.From("in", source).KeyBy(item => item.Name).Process("counts", () => new Counting()).To("out", Csv.Write<Item>(output));
    }

    private sealed class Counting : KeyedProcessor<string, Item, Item>
    {
        private ValueState<int> _count = null!;

        public override void Open(StateDeclarations states) => _count = states.Value<int>("count");

        public override void OnRecord(in Item record, ProcessorContext<string, Item> context) => context.Emit(new Item(++_count.Update(), record.Name));
    }

    /// <summary>A source of which no more than so many rows are read, give or take a batch a reader.</summary>
    private sealed class Held(Source<Item, FilePosition> inner) : Source<Item, FilePosition>
    {
        private int _limit;
        private int _read;

        public int Limit
        {
            get => Volatile.Read(ref _limit);
            set => Volatile.Write(ref _limit, value);
        }

        public override ValueTask<IReadOnlyList<SourceSplit<FilePosition>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
            => inner.DiscoverAsync(context, cancellationToken);

        public override SplitReader<Item, FilePosition> OpenReader(string splitId, FilePosition position, SourceContext context)
            => new Reader(this, inner.OpenReader(splitId, position, context), context);

        private sealed class Reader(Held held, SplitReader<Item, FilePosition> inner, SourceContext context) : SplitReader<Item, FilePosition>
        {
            public override FilePosition Position => inner.Position;

            public override ReadStatus Read(Batch<Item> batch)
            {
                if (Volatile.Read(ref held._read) >= held.Limit)
                {
                    context.WakeAt(context.Time.GetUtcNow().AddMilliseconds(1));
                    return ReadStatus.Pending;
                }

                int before = batch.Count;
                ReadStatus status = inner.Read(batch);
                Interlocked.Add(ref held._read, batch.Count - before);
                return status;
            }

            protected override void Dispose(bool disposing)
            {
                if (disposing)
                    inner.Dispose();
                base.Dispose(disposing);
            }
        }
    }
}
