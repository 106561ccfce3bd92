using Gristmill.Checkpoints;
using Gristmill.Protocol;

namespace Gristmill.Engine.Tests.Checkpoints.Copies;

public sealed class CheckpointCopierTests
{
    private const string Job = "job";

    private readonly FaultyStore _from = new();
    private readonly FaultyStore _to = new();
    private HeadContent _head = new() { Generation = 3 };
    private long _version;

    private CheckpointCopier Copier => new(_from, _to, Job, retain: 3);

    [Fact]
    public async Task A_job_without_checkpoints_has_nothing_to_copy()
    {
        Assert.Null(await Copier.CopyNewestAsync());
        Assert.True(await _from.TryMoveHeadAsync(Job, _version++, _head.Encode()));
        Assert.Null(await Copier.CopyNewestAsync());
        Assert.Null(await _to.ReadHeadAsync(Job));
    }

    [Fact]
    public async Task The_copy_is_whole_keeps_the_generation_and_is_copied_once()
    {
        await CommitAsync(1, 100, 5_000_000);
        CheckpointCopy? copy = await Copier.CopyNewestAsync();
        Assert.Equal((1L, false), (copy!.Checkpoint, copy.WasThere));
        HeadContent head = await CopiedAsync();
        Assert.Equal((3L, true), (head.Generation, head.IsCopy));
        Assert.Equal(_head.Newest, head.Newest);
        Assert.Empty(await CheckpointVerifier.VerifyAsync(_to, head.Newest!));
        Assert.Equal(await TotalAsync(_to), copy.Bytes);
        Assert.Equal(new CheckpointCopy(1, 0, WasThere: true), await Copier.CopyNewestAsync());
    }

    [Fact]
    public async Task When_behind_it_goes_to_the_newest_and_names_only_what_was_copied()
    {
        CheckpointCopier copier = Copier;
        foreach (int n in new[] { 1, 2, 3, 4, 5, 6, 7, 8 })
        {
            await CommitAsync(n, 100);
            if (n is not (2 or 3 or 6))
                await copier.CopyNewestAsync();
        }
        HeadContent head = await CopiedAsync();
        Assert.Equal([8, 7, 5], head.Committed().Select(one => one.Checkpoint));
        foreach (ManifestReference one in head.Committed())
            Assert.Empty(await CheckpointVerifier.VerifyAsync(_to, one));
        Assert.Null(await _to.GetLengthAsync(CheckpointLayout.Manifest(Job, 6, 3)));
    }

    [Fact]
    public async Task Cut_short_at_any_point_the_next_goes_on_with_what_is_there()
    {
        await CommitAsync(1, 100, 200);
        for (int last = 1; ; last++)
        {
            int calls = 0;
            _to.Before = (_, _) => ++calls == last ? throw new CheckpointStoreException("planted") : Task.CompletedTask;
            try
            {
                await Copier.CopyNewestAsync();
                break;
            }
            catch (CheckpointStoreException e) when (e.Message == "planted")
            {
                Assert.Null(await _to.ReadHeadAsync(Job));
            }
            Assert.InRange(last, 1, 20);
        }
        _to.Before = null;
        Assert.Empty(await CheckpointVerifier.VerifyAsync(_to, (await CopiedAsync()).Newest!));
    }

    [Fact]
    public async Task A_head_whose_move_was_not_answered_is_found_moved()
    {
        await CommitAsync(1, 100);
        _to.AfterHead = () => throw new CheckpointStoreException("planted");
        await Assert.ThrowsAsync<CheckpointStoreException>(() => Copier.CopyNewestAsync());
        _to.AfterHead = null;
        Assert.True((await Copier.CopyNewestAsync())!.WasThere);
    }

    [Fact]
    public async Task Damage_in_the_first_store_is_not_copied_and_the_copy_before_stays()
    {
        await CommitAsync(1, 100);
        await Copier.CopyNewestAsync();
        await CommitAsync(2, 100, 9_000_000);
        string file = CheckpointLayout.NodeFile(Job, 2, 3, 0);
        byte[] bytes = await Samples.BytesAsync(_from, file);
        bytes[8_000_000] ^= 1;
        await Samples.ReplaceAsync(_from, file, bytes);
        await Assert.ThrowsAsync<CorruptCheckpointException>(() => Copier.CopyNewestAsync());
        Assert.Null(await _to.GetLengthAsync(file));
        Assert.Equal(1, (await CopiedAsync()).Newest!.Checkpoint);
    }

    [Fact]
    public async Task A_file_that_is_damaged_in_the_second_store_is_copied_again()
    {
        await CommitAsync(1, 100);
        string file = CheckpointLayout.NodeFile(Job, 1, 3, 0);
        byte[] bytes = await Samples.BytesAsync(_from, file);
        bytes[20] ^= 1;
        await Samples.ReplaceAsync(_to, file, bytes);
        await Copier.CopyNewestAsync();
        Assert.Empty(await CheckpointVerifier.VerifyAsync(_to, (await CopiedAsync()).Newest!));
    }

    [Fact]
    public async Task Damage_of_a_local_copy_only_is_no_damage()
    {
        using var folder = new TempFolder();
        var store = new LocalCopyStore(_from, folder.Path, 1 << 30);
        await CommitAsync(1, 70_000);
        string file = CheckpointLayout.NodeFile(Job, 1, 3, 0);
        byte[] bytes = await Samples.BytesAsync(_from, file);
        await _from.DeleteAsync(file);
        await Samples.ReplaceAsync(store, file, bytes);
        await File.WriteAllBytesAsync(Path.Combine(folder.Path, file), new byte[bytes.Length]);
        await new CheckpointCopier(store, _to, Job).CopyNewestAsync();
        Assert.Equal(bytes, await Samples.BytesAsync(_to, file));
        Assert.Equal(1, store.Status.Damaged);
    }

    [Fact]
    public async Task Where_the_job_was_started_from_the_copy_nothing_is_overwritten()
    {
        await CommitAsync(1, 100);
        await Copier.CopyNewestAsync();
        using (EmbeddedJob job = Run.Job(job => job.From("in", InMemory.Of(1)).To("out", new Collected<int>()), Run.Options(store: _to.Inner)))
            await job.EndsAsync();
        StoredHead taken = (await _to.ReadHeadAsync(Job))!;
        await CommitAsync(2, 100);
        var error = await Assert.ThrowsAsync<CheckpointStoreException>(() => Copier.CopyNewestAsync());
        Assert.Contains("was started there", error.Message, StringComparison.Ordinal);
        Assert.Equal(taken.Version, (await _to.ReadHeadAsync(Job))!.Version);
    }

    private async Task CommitAsync(long checkpoint, params int[] lengths)
    {
        var blocks = new List<BlockInfo>();
        await using (var file = await CheckpointFile.CreateAsync(_from, CheckpointLayout.NodeFile(Job, checkpoint, 3, 0)))
        {
            foreach (int length in lengths)
                blocks.Add(await file.AppendAsync(Samples.Header(), Samples.Payload(length)));
            await file.CompleteAsync();
        }
        var manifest = new Manifest
        {
            Job = Job,
            Checkpoint = checkpoint,
            Generation = 3,
            CreatedAt = DateTimeOffset.UnixEpoch,
            Kind = CheckpointKind.Manual,
            KeyGroups = 16,
            Blocks = blocks,
        };
        _head = _head.Commit(await ManifestFile.WriteAsync(_from, Job, manifest));
        Assert.True(await _from.TryMoveHeadAsync(Job, _version++, _head.Encode()));
    }

    private async Task<HeadContent> CopiedAsync() => HeadContent.Decode((await _to.ReadHeadAsync(Job))!.Content, "head");

    private static async Task<long> TotalAsync(FaultyStore store)
    {
        long bytes = 0;
        await foreach (Gristmill.Checkpoints.StoredObject item in store.ListAsync(""))
            bytes += item.Length;
        return bytes;
    }
}
