using Gristmill.Checkpoints;
using Gristmill.Engine.Tests.Operators;
using Gristmill.TestKit.Conformance.Stores;

namespace Gristmill.Engine.Tests.Checkpoints.Copies;

public sealed class LocalCopyStoreTests : IDisposable
{
    private const long Plenty = 1L << 30;

    private readonly TempFolder _folder = new();
    private readonly FaultyStore _remote = new();
    private int _remoteReads;

    public LocalCopyStoreTests() => _remote.Before = (operation, _) =>
    {
        if (operation == "read")
            _remoteReads++;
        return Task.CompletedTask;
    };

    public static TheoryData<string> Names => [.. CheckpointStoreConformance.Cases.Select(c => c.Name)];

    [Theory, MemberData(nameof(Names))]
    public async Task Local_copies_of_everything_over_a_store_conform(string name)
    {
        var remote = new MemoryCheckpointStore();
        var store = new LocalCopyStore(remote, _folder.Path, Plenty, _ => true);
        await CheckpointStoreConformance.RunAsync(name, () => store, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_this_process_wrote_is_read_from_the_folder_after_a_restart_too()
    {
        List<BlockInfo> blocks = await Samples.WriteAsync(Open(), 100, 70_000);
        LocalCopyStore store = Open();
        foreach (BlockInfo block in blocks)
            Assert.Equal(Samples.Payload((int)(block.Subtask == 0 ? 100 : 70_000)), (await BlockReader.ReadAsync(store, block)).Payload.ToArray());
        Assert.Equal(0, _remoteReads);
        Assert.Equal((1, 2L), (store.Status.Copies, store.Status.LocalReads));
        await store.DeleteAsync(Samples.File);
        Assert.Equal(0, Open().Status.Bytes);
        Assert.Empty(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task What_is_no_node_file_and_what_another_wrote_comes_from_the_remote_store()
    {
        LocalCopyStore store = Open();
        await Samples.ReplaceAsync(store, "job/other", new byte[10]);
        List<BlockInfo> blocks = await Samples.WriteAsync(_remote, 100);
        await BlockReader.ReadAsync(store, blocks[0]);
        Assert.Equal(10, await store.ReadAsync("job/other", 0, new byte[20]));
        Assert.Equal(2, _remoteReads);
        Assert.Equal(0, store.Status.Copies);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task A_damaged_copy_is_dropped_and_the_block_read_from_the_remote_store(int damage)
    {
        List<BlockInfo> blocks = await Samples.WriteAsync(Open(), 70_000, 100);
        string file = Path.Combine(_folder.Path, Samples.File);
        byte[] bytes = await File.ReadAllBytesAsync(file);
        bytes[50_000] ^= 1;
        await File.WriteAllBytesAsync(file, damage switch { 0 => bytes, 1 => bytes[..60_000], _ => [] });
        LocalCopyStore store = Open();
        Block[] read = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => BlockReader.ReadAsync(store, blocks[0]).AsTask()));
        Assert.All(read, block => Assert.Equal(Samples.Payload(70_000), block.Payload.ToArray()));
        Assert.Equal((0, 1L), (store.Status.Copies, store.Status.Damaged));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task Damage_in_the_remote_store_is_damage()
    {
        List<BlockInfo> blocks = await Samples.WriteAsync(_remote, 100);
        await Samples.ReplaceAsync(_remote, Samples.File, new byte[blocks[0].Length]);
        await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await BlockReader.ReadAsync(Open(), blocks[0]));
    }

    [Fact]
    public async Task The_oldest_copies_go_when_the_bytes_are_used_up_and_one_that_can_not_fit_is_not_kept()
    {
        LocalCopyStore store = Open(1000);
        foreach (int n in new[] { 1, 2, 3 })
            await PutAsync(store, n, 400);
        Assert.Equal([2, 3], Kept());
        await PutAsync(store, 4, 1001);
        Assert.Empty(Kept());
        await PutAsync(store, 5, 1000);
        Assert.Equal([5], Kept());
        Assert.Equal((1, 1000L), (store.Status.Copies, store.Status.Bytes));

        // A smaller bound at the next start holds at once.
        LocalCopyStore smaller = Open(999);
        Assert.Equal(1000, await smaller.ReadAsync(NameOf(5), 0, new byte[2000]));
        Assert.Empty(Kept());
        Assert.Equal(5, await CountAsync(smaller));
    }

    [Fact]
    public async Task A_folder_that_can_not_be_written_costs_copies_and_no_checkpoint()
    {
        string file = Path.Combine(_folder.Path, "file");
        await File.WriteAllTextAsync(file, "in the way");
        using var log = new CapturedLog();
        var store = new LocalCopyStore(_remote, Path.Combine(file, "below"), Plenty, log.CreateLogger("log"));
        List<BlockInfo> blocks = await Samples.WriteAsync(store, 100);
        await BlockReader.ReadAsync(store, blocks[0]);
        Assert.True(store.Status.Failures > 0);
        Assert.NotNull(store.Status.LastError);
        Assert.NotEmpty(log.Of(40));
    }

    [Fact]
    public async Task A_full_local_disk_costs_the_copy_and_no_checkpoint()
    {
        using TinyDisk? disk = await TinyDisk.TryMountAsync(_folder.Path, TestContext.Current.CancellationToken);
        Assert.SkipWhen(disk is null, "mounting a small disk is not allowed here");
        LocalCopyStore store = Open();
        List<BlockInfo> blocks = await Samples.WriteAsync(store, 300_000, 2_000_000);
        Assert.Equal((0, 0L), (store.Status.Copies, store.Status.Bytes));
        Assert.True(store.Status.Failures > 0);
        Assert.Equal(Samples.Payload(2_000_000), (await BlockReader.ReadAsync(store, blocks[1])).Payload.ToArray());
        await PutAsync(store, 2, 1000);
        Assert.Equal(1, store.Status.Copies);
    }

    [Fact]
    public async Task A_copy_is_not_kept_of_what_the_remote_store_refused()
    {
        LocalCopyStore store = Open();
        _remote.Before = (operation, _) => operation == "complete" ? throw new CheckpointStoreException("planted") : Task.CompletedTask;
        await Assert.ThrowsAsync<CheckpointStoreException>(() => PutAsync(store, 1, 100));
        Assert.Empty(Kept());
        Assert.Equal(0, store.Status.Bytes);
    }

    [Fact]
    public async Task A_job_restores_its_state_from_the_folder_and_with_a_damaged_one_from_the_store()
    {
        Event[] events = Events.Make(300);
        var feed = new Feed<Event>().Add(events[..100]);
        var collected = new Collected<string>();
        void Build(JobBuilder job) => job.From("events", feed).KeyBy(e => e.Key).Process("sums", () => new RunningSum()).To("out", collected);
        for (int part = 1; part <= 2; part++)
        {
            using EmbeddedJob job = Run.Job(Build, Options());
            job.Start();
            await Wait.UntilAsync(() => job.Status.RecordsIn == 100, "it reads");
            await job.StopAsync().Soon();
            Assert.Equal(0, _remoteReads);
            if (part == 2)
            {
                string newest = Directory.GetFiles(_folder.Path, "*.state", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
                await File.WriteAllBytesAsync(newest, new byte[new FileInfo(newest).Length]);
            }
            feed.Add(events[(part * 100)..((part + 1) * 100)]);
        }
        feed.Complete();
        using (EmbeddedJob last = Run.Job(Build, Options()))
            await last.CompletesAsync();
        Assert.True(_remoteReads > 0);
        Assert.Equal(Events.RunningSums(events), collected.Rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Faults_of_the_options_come_at_once()
    {
        var options = Run.Options(configure: o => o.Checkpoints.LocalCopies = new LocalCopyOptions { MaxBytes = 5 });
        options.Checkpoints.CopyTo = options.Checkpoints.Store;
        string all = string.Join('\n', options.Validate());
        Assert.All(["LocalCopies.Folder is empty", "LocalCopies.MaxBytes is 5", "CopyTo is the store itself"], fault => Assert.Contains(fault, all, StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private static string NameOf(int n) => CheckpointLayout.NodeFile("job", n, 1, 0);

    private static async Task PutAsync(LocalCopyStore store, int n, int length)
    {
        await using ObjectWriter writer = await store.CreateAsync(NameOf(n));
        await writer.WriteAsync(new byte[length]);
        await writer.CompleteAsync();
    }

    private static async Task<int> CountAsync(LocalCopyStore store)
    {
        int count = 0;
        await foreach (StoredObject _ in store.ListAsync(""))
            count++;
        return count;
    }

    private LocalCopyStore Open(long maxBytes = Plenty) => new(_remote, _folder.Path, maxBytes);

    private IEnumerable<long> Kept() => Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories)
        .Select(file => CheckpointLayout.Parse(Path.GetRelativePath(_folder.Path, file)).Checkpoint).Order();

    // Manifests are read from the remote store, and are not what is counted.
    private GristmillOptions Options()
    {
        _remote.Before = (operation, name) =>
        {
            if (operation == "read" && name.EndsWith(".state", StringComparison.Ordinal))
                _remoteReads++;
            return Task.CompletedTask;
        };
        return Run.Options(2, _remote, o => o.Checkpoints.LocalCopies = new LocalCopyOptions { Folder = _folder.Path });
    }
}
