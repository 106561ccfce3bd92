using Gristmill.Engine.Tests;
using Gristmill.Engine.Tests.Checkpoints;
using Gristmill.Engine.Tests.Operators;
using Gristmill.State;

namespace Gristmill.Spill.Tests;

/// <summary>The folder of the scratch files: what is wrong with it is said, and nothing is left in it.</summary>
public sealed class ScratchTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_that_ends_leaves_nothing_behind()
    {
        var seen = new List<int>();
        GristmillOptions options = Run.Options(2, configure: o => o.State.UseSpill(_folder.Path, 1 << 20));
        await Run.ToEndAsync(
            job => job.From("events", InMemory.Of(Events.Make(500))).Select(e =>
            {
                lock (seen)
                    seen.Add(Directory.GetFiles(_folder.Path, "*.lock").Length);
                return e;
            }).KeyBy(e => e.Key).Process("sum", () => new RunningSum()).To("out", new Collected<string>()),
            options);
        Assert.Contains(1, seen);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_a_killed_process_has_left_is_deleted_and_what_a_living_one_needs_is_not()
    {
        // A killed process leaves its folder, and a file nobody locks.
        string left = Path.Combine(_folder.Path, "spill-killed");
        Directory.CreateDirectory(left);
        File.WriteAllText(Path.Combine(left, "table-1.log.0"), "entries");
        File.WriteAllText(left + ".lock", "");
        string other = Directory.CreateDirectory(Path.Combine(_folder.Path, "mine")).FullName;
        using ISpillLog living = new SpillBackend(_folder.Path, Tiny.Settings).Open();
        long address = living.Append([1, 2, 3]);
        using ISpillLog log = new SpillBackend(_folder.Path, Tiny.Settings).Open();
        Assert.False(Directory.Exists(left));
        Assert.False(File.Exists(left + ".lock"));
        Assert.True(Directory.Exists(other));
        Assert.Equal(2, Directory.GetDirectories(_folder.Path, "spill-*").Length);
        var records = new ReadOnlyMemory<byte>[1];
        living.Read([address], records);
        Assert.Equal([1, 2, 3], records[0].ToArray());
    }

    [Fact]
    public async Task A_folder_that_can_not_be_made_is_named_with_a_remedy()
    {
        string file = Path.Combine(_folder.Path, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);
        using EmbeddedJob job = Run.Job(
            job => job.From("events", InMemory.Of(Events.Make(5))).KeyBy(e => e.Key).Process("sum", () => new RunningSum()).To("out", new Collected<string>()),
            Run.Options(configure: o => o.State.UseSpill(Path.Combine(file, "below"), 1 << 20)));
        JobOutcome outcome = await job.EndsAsync();
        Assert.Equal(JobState.Failed, outcome.State);
        Assert.Contains($"State can't be spilled to folder '{Path.Combine(file, "below")}'", outcome.Error!.ToString(), StringComparison.Ordinal);
        Assert.Contains("may write in", outcome.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_fails_the_job_with_folder_and_remedy()
    {
        using TinyDisk? disk = await TinyDisk.TryMountAsync(_folder.Path, TestContext.Current.CancellationToken);
        Assert.SkipWhen(disk is null, "Mounting a small tmpfs is not allowed here.");
        using EmbeddedJob job = Run.Job(
            job => job.From("numbers", InMemory.Of(Enumerable.Range(0, 100_000).ToArray())).KeyBy(n => n).Process("keep", () => new Keeping()).To("out", new Collected<string>()),
            Run.Options(configure: o =>
            {
                o.State.Spill = new SpillBackend(_folder.Path, Tiny.Settings);
                o.BatchSize = 256;
            }));
        JobOutcome outcome = await job.EndsAsync();
        Assert.Equal(JobState.Failed, outcome.State);
        Assert.Contains("Spilled state can't be", outcome.Error!.ToString(), StringComparison.Ordinal);
        Assert.Contains(_folder.Path, outcome.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("disk is full", outcome.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Faults_of_the_settings_are_told_all_at_once()
    {
        GristmillOptions options = Run.Options(configure: o => o.State.UseSpill(" ", 1000));
        Assert.Equal(
            [
                "State.UseSpill: the folder is empty; give one on a local disk.",
                "State.UseSpill: the memory budget is 1000 bytes; it must be 1048576 or more.",
            ],
            options.Validate());
    }

    [Fact]
    public async Task Room_below_what_is_no_longer_needed_is_given_back_to_the_disk()
    {
        using var log = new SpillBackend(_folder.Path, Tiny.Settings).Open();
        var record = new byte[1000];
        for (int i = 0; i < 1000; i++)
            log.Append(record);
        log.Truncate(log.Tail - 1);
        await Wait.UntilAsync(() => SizeOnDisk() < 200_000, "the files below are deleted");
    }

    [Fact]
    public void A_garbage_heap_of_old_entries_is_compacted()
    {
        // Entries that go out and come back forever.
        var options = new TableOptions(16, 0, 16, 2, true) { Spill = new SpillBackend(_folder.Path, Tiny.Settings) };
        using var table = new KeyedTable<long, long, DefaultKeyHash<long>>(options, Codec.Codecs.For<long>(), Codec.Codecs.For<long>());
        for (long round = 0; round < 300; round++)
        {
            for (long key = 0; key < 100; key++)
            {
                ulong hash = Codec.KeyTraits<long>.Hash(in key);
                table.FaultIn(in key, hash, table.GroupOf(hash));
                Assert.Equal(round, table.GetForUpdate(in key, hash, out _)++);
            }

            table.Spill();
        }

        Assert.True(SizeOnDisk() < 300_000, $"{SizeOnDisk()} bytes on disk for 100 entries");
        Assert.Equal(100, table.Count);
    }

    private long SizeOnDisk() => Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);

    private sealed class Keeping : KeyedProcessor<int, int, string>
    {
        private ValueState<(long A, long B, long C, long D)> _state = null!;

        public override void Open(StateDeclarations states) => _state = states.Value<(long, long, long, long)>("kept");

        public override void OnRecord(in int record, ProcessorContext<int, string> context) => _state.Update().A++;
    }
}
