using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests.Checkpoints;

public sealed class FileStoreTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string[] Everything => Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories);

    [Fact]
    public async Task An_abandoned_object_leaves_no_file_and_no_folder()
    {
        await using (var writer = await Open().CreateAsync("job/checkpoint-000001/g1-node0.state"))
            await writer.WriteAsync(new byte[100]);
        Assert.Empty(Everything);
    }

    [Fact]
    public async Task Deleting_the_last_object_of_a_folder_removes_the_folder_but_never_the_root()
    {
        await PutAsync(Open(), "job/checkpoint-000001/a");
        await PutAsync(Open(), "job/checkpoint-000001/b");
        await Open().DeleteAsync("job/checkpoint-000001/a");
        Assert.True(Directory.Exists(Path.Combine(_folder.Path, "job/checkpoint-000001")));
        await Open().DeleteAsync("job/checkpoint-000001/b");
        Assert.Empty(Everything);
        Assert.True(Directory.Exists(_folder.Path));
    }

    [Fact]
    public async Task Creating_beside_deleting_never_loses_a_folder()
    {
        var token = TestContext.Current.CancellationToken;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(
            async () =>
            {
                var store = Open();
                for (var n = 0; n < 50; n++)
                {
                    await PutAsync(store, $"job/checkpoint-000001/{i}");
                    await store.DeleteAsync($"job/checkpoint-000001/{i}", token);
                }
            },
            token)));
        Assert.Empty(Everything);
    }

    [Fact]
    public async Task A_temporary_file_is_removed_by_a_listing_once_it_is_a_day_old()
    {
        await PutAsync(Open(), "job/checkpoint-000001/a");
        Assert.True(await Open().TryMoveHeadAsync("job", 0, new byte[1]));
        string[] left = [Path.Combine(_folder.Path, "job/checkpoint-000001/.tmp-0123"), Path.Combine(_folder.Path, "job/head/.tmp-0123")];
        foreach (var temp in left)
            await File.WriteAllTextAsync(temp, "left by a dead process");

        Assert.Equal(["job/checkpoint-000001/a"], await NamesAsync(Open()));
        Assert.All(left, temp => Assert.True(File.Exists(temp)));
        Assert.Equal(["job/checkpoint-000001/a"], await NamesAsync(Open(new ShiftedTime(TimeSpan.FromHours(25)))));
        Assert.All(left, temp => Assert.False(File.Exists(temp)));
        Assert.NotNull(await Open().ReadHeadAsync("job"));
    }

    [Fact]
    public async Task Foreign_files_are_not_listed()
    {
        await PutAsync(Open(), "job/a");
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "job", "my notes.txt"), "foreign");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "lost found"));
        Assert.Equal(["job/a"], await NamesAsync(Open()));
    }

    [Fact]
    public async Task A_line_after_a_torn_one_starts_on_its_own()
    {
        var store = Open();
        await store.AppendLineAsync("job/lines", "one");
        await File.AppendAllTextAsync(Path.Combine(_folder.Path, "job/lines"), "torn");
        await store.AppendLineAsync("job/lines", "two");
        Assert.Equal("one\ntorn\ntwo\n", await File.ReadAllTextAsync(Path.Combine(_folder.Path, "job/lines")));
    }

    [Fact]
    public async Task A_file_where_a_folder_must_be_is_named_in_the_exception()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "job"), "a file");
        var error = await Assert.ThrowsAsync<CheckpointStoreException>(async () => await Open().CreateAsync("job/a"));
        Assert.Contains(Path.Combine(_folder.Path, "job"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_permission_is_named_with_a_remedy()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Root writes everywhere.");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var error = await Assert.ThrowsAsync<CheckpointStoreException>(async () => await Open().CreateAsync("job/a"));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Contains("permission denied", error.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_folder.Path, "job", "a"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_is_named_with_a_remedy_and_leaves_nothing()
    {
        using var disk = await TinyDisk.TryMountAsync(_folder.Path, TestContext.Current.CancellationToken);
        Assert.SkipWhen(disk is null, "Mounting a small tmpfs is not allowed here.");
        var store = Open();
        await using (var writer = await store.CreateAsync("job/large"))
        {
            var error = await Assert.ThrowsAsync<CheckpointStoreException>(async () => await writer.WriteAsync(new byte[4 << 20]));
            Assert.Contains("disk is full", error.Message, StringComparison.Ordinal);
            Assert.Contains(Path.Combine(_folder.Path, "job", "large"), error.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.CompleteAsync());
        }
        Assert.Empty(Everything);
        await PutAsync(store, "job/small");
        Assert.Equal(["job/small"], await NamesAsync(store));
    }

    private FileCheckpointStore Open(TimeProvider? time = null) => new(_folder.Path, time: time);

    private static async Task PutAsync(FileCheckpointStore store, string name)
    {
        await using var writer = await store.CreateAsync(name);
        await writer.WriteAsync(new byte[10]);
        await writer.CompleteAsync();
    }

    private static async Task<List<string>> NamesAsync(FileCheckpointStore store)
    {
        var names = new List<string>();
        await foreach (var item in store.ListAsync(""))
            names.Add(item.Name);
        return names;
    }

    private sealed class ShiftedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
