using System.Text;
using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;

namespace Gristmill.Engine.Tests.Checkpoints;

public sealed class FileHeadTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string HeadFolder => Path.Combine(_folder.Path, "job", "head");

    public static TheoryData<int> Overtakings => [.. Enumerable.Range(0, 2 * FileHead.Kept + 4)];

    [Theory, MemberData(nameof(Overtakings))]
    public async Task A_mover_that_sleeps_before_its_link_never_wins_once_others_have_moved(int others)
    {
        foreach (var expected in new[] { 0, 3 })
        {
            using var folder = new TempFolder();
            var store = Open(folder.Path);
            await MoveAsync(store, 0, expected);
            var sleeper = Open(folder.Path);
            StopOnce(sleeper, HeadStep.BeforeLink, () => MoveAsync(store, expected, others));

            var won = await TryAsync(sleeper, expected, "sleeper");

            if (others == 0)
            {
                Assert.True(won);
                continue;
            }
            Assert.NotEqual(true, won);
            await RequireHeadAsync(folder.Path, expected + others, $"v{expected + others}");
            await MoveAsync(store, expected + others, 3);
            Assert.DoesNotContain("sleeper", string.Concat(Directory.GetFiles(Path.Combine(folder.Path, "job", "head")).Select(File.ReadAllText)), StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(Overtakings))]
    public async Task A_mover_that_sleeps_after_its_link_is_never_told_that_it_lost(int others)
    {
        foreach (var expected in new[] { 0, 3 })
        {
            using var folder = new TempFolder();
            var store = Open(folder.Path);
            await MoveAsync(store, 0, expected);
            var sleeper = Open(folder.Path);
            StopOnce(sleeper, HeadStep.AfterLink, () => MoveAsync(store, expected + 1, others));

            var won = await TryAsync(sleeper, expected, $"v{expected + 1}");

            Assert.NotEqual(false, won);
            if (others < FileHead.Kept)
                Assert.True(won);
            await RequireHeadAsync(folder.Path, expected + 1 + others, $"v{expected + 1 + others}");
        }
    }

    [Fact]
    public async Task Two_sleepers_at_consecutive_deleted_numbers_cannot_prop_each_other_up()
    {
        const int Last = 3 + 2 * FileHead.Kept;
        var (store, first, second) = (Open(_folder.Path), Open(_folder.Path), Open(_folder.Path));
        await MoveAsync(store, 0, 3);
        var (asleep, wake) = (new TaskCompletionSource(), new TaskCompletionSource());
        var secondMoves = Task.FromResult<bool?>(null);
        StopOnce(second, HeadStep.BeforeLink, () =>
        {
            asleep.SetResult();
            return wake.Task;
        });
        StopOnce(first, HeadStep.BeforeLink, async () =>
        {
            await MoveAsync(store, 3, 1);
            secondMoves = TryAsync(second, 4, "second");
            await asleep.Task;
            await MoveAsync(store, 4, Last - 4);
        });
        // The first has made number 4 again, which was deleted; now the second makes 5 again, upon the true 4 it once read.
        StopOnce(first, HeadStep.AfterLink, () =>
        {
            wake.SetResult();
            return secondMoves;
        }, then: first.Head.OnStep);

        Assert.NotEqual(true, await TryAsync(first, 3, "first"));
        Assert.NotEqual(true, await secondMoves);
        Assert.False(File.Exists(Path.Combine(HeadFolder, "0000000004")));
        Assert.False(File.Exists(Path.Combine(HeadFolder, "0000000005")));
        await RequireHeadAsync(_folder.Path, Last, $"v{Last}");
    }

    [Fact]
    public async Task A_killed_sleepers_file_at_a_deleted_number_is_no_head_and_is_cleaned()
    {
        var store = Open(_folder.Path);
        await MoveAsync(store, 0, 40);
        var remains = Path.Combine(HeadFolder, "0000000005");
        await File.WriteAllBytesAsync(remains, HeadFile.Create(5, "gone", "killed"u8).Encode());

        await RequireHeadAsync(_folder.Path, 40, "v40");
        Assert.NotEqual(true, await TryAsync(Open(_folder.Path), 5, "wrong"));
        await MoveAsync(store, 40, 1);

        Assert.False(File.Exists(remains));
        await RequireHeadAsync(_folder.Path, 41, "v41");
    }

    [Fact]
    public async Task A_reader_overtaken_between_listing_and_reading_looks_again()
    {
        var store = Open(_folder.Path);
        await MoveAsync(store, 0, 3);
        var reader = Open(_folder.Path);
        StopOnce(reader, HeadStep.Listed, () => MoveAsync(store, 3, 3 * FileHead.Kept));

        var head = await reader.ReadHeadAsync("job");

        Assert.Equal(3 + 3 * FileHead.Kept, head!.Version);
    }

    [Fact]
    public async Task Old_numbers_go_but_the_first_stays()
    {
        await MoveAsync(Open(_folder.Path), 0, 100);
        var numbers = Directory.GetFiles(HeadFolder).Select(f => int.Parse(Path.GetFileName(f), null)).Order();
        Assert.Equal([1, .. Enumerable.Range(101 - FileHead.Kept, FileHead.Kept)], numbers);
    }

    [Fact]
    public async Task Every_flipped_bit_of_a_head_file_is_detected()
    {
        await MoveAsync(Open(_folder.Path), 0, 1);
        var path = Path.Combine(HeadFolder, "0000000001");
        var bytes = await File.ReadAllBytesAsync(path);
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Throws<CorruptCheckpointException>(() => HeadFile.Decode(damaged, path, 1));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(-1)]
    public async Task A_torn_head_is_reported_and_not_taken_for_an_older_one(int length)
    {
        await MoveAsync(Open(_folder.Path), 0, 3);
        var path = Path.Combine(HeadFolder, "0000000003");
        var bytes = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, bytes[..(length < 0 ? ^1 : length)]);

        var error = await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await Open(_folder.Path).ReadHeadAsync("job"));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await Open(_folder.Path).TryMoveHeadAsync("job", 3, new byte[1]));
    }

    [Fact]
    public async Task A_head_file_copied_to_another_number_is_detected()
    {
        await MoveAsync(Open(_folder.Path), 0, 2);
        File.Copy(Path.Combine(HeadFolder, "0000000002"), Path.Combine(HeadFolder, "0000000003"));
        await Assert.ThrowsAsync<CorruptCheckpointException>(async () => await Open(_folder.Path).ReadHeadAsync("job"));
    }

    [Fact]
    public async Task Foreign_files_in_the_heads_folder_are_left_alone()
    {
        await MoveAsync(Open(_folder.Path), 0, 1);
        foreach (var name in new[] { "99", "0000000099.bak", ".nfs0000000001", "readme" })
            await File.WriteAllTextAsync(Path.Combine(HeadFolder, name), "foreign");
        await MoveAsync(Open(_folder.Path), 1, 30);
        await RequireHeadAsync(_folder.Path, 31, "v31");
        Assert.True(File.Exists(Path.Combine(HeadFolder, "99")));
    }

    private static FileCheckpointStore Open(string root) => new(root);

    private static async Task MoveAsync(FileCheckpointStore store, int from, int times)
    {
        for (var v = from; v < from + times; v++)
            Assert.True(await store.TryMoveHeadAsync("job", v, Encoding.UTF8.GetBytes($"v{v + 1}")));
    }

    // Null: the outcome is unknown to the mover.
    private static async Task<bool?> TryAsync(FileCheckpointStore store, int expected, string content)
    {
        try
        {
            return await store.TryMoveHeadAsync("job", expected, Encoding.UTF8.GetBytes(content));
        }
        catch (CheckpointStoreException)
        {
            return null;
        }
    }

    private static void StopOnce(FileCheckpointStore store, HeadStep at, Func<Task> meanwhile, Action<HeadStep>? then = null)
    {
        var done = false;
        store.Head.OnStep = step =>
        {
            then?.Invoke(step);
            if (step != at || done)
                return;
            done = true;
            meanwhile().GetAwaiter().GetResult();
        };
    }

    private static async Task RequireHeadAsync(string root, long version, string content)
    {
        var head = await Open(root).ReadHeadAsync("job");
        Assert.Equal(version, head!.Version);
        Assert.Equal(content, Encoding.UTF8.GetString(head.Content.Span));
    }
}
