using Gristmill.Checkpoints;

namespace Gristmill.Engine.Tests.Checkpoints;

public sealed class VerifierTests
{
    private readonly MemoryCheckpointStore _store = new();

    [Fact]
    public async Task A_whole_checkpoint_has_no_faults()
    {
        var reference = await ManifestFile.WriteAsync(_store, "job", Samples.Manifest(await Samples.WriteAsync(_store, 10, 0, 100_000)));
        Assert.Empty(await CheckpointVerifier.VerifyAsync(_store, reference));
    }

    [Fact]
    public async Task A_damaged_block_is_the_only_fault()
    {
        var blocks = await Samples.WriteAsync(_store, 10, 100, 10);
        var bytes = await Samples.BytesAsync(_store, Samples.File);
        bytes[blocks[1].Offset + 60]++;
        await Samples.ReplaceAsync(_store, Samples.File, bytes);
        var fault = Assert.Single(await CheckpointVerifier.VerifyAsync(_store, Samples.Manifest(blocks)));
        Assert.Equal(blocks[1], fault.Block);
        Assert.Equal(blocks[1].Offset, fault.Offset);
    }

    [Fact]
    public async Task Every_block_behind_the_end_of_a_truncated_file_is_a_fault()
    {
        var blocks = await Samples.WriteAsync(_store, 10, 100, 10);
        var bytes = await Samples.BytesAsync(_store, Samples.File);
        await Samples.ReplaceAsync(_store, Samples.File, bytes.AsMemory(0, (int)blocks[1].Offset + 5));
        var faults = await CheckpointVerifier.VerifyAsync(_store, Samples.Manifest(blocks));
        Assert.Equal(blocks.Skip(1), faults.Select(f => f.Block));
    }

    [Fact]
    public async Task A_missing_file_is_one_fault_that_names_it()
    {
        var blocks = await Samples.WriteAsync(_store, 10, 100);
        await _store.DeleteAsync(Samples.File);
        var fault = Assert.Single(await CheckpointVerifier.VerifyAsync(_store, Samples.Manifest(blocks)));
        Assert.Equal(Samples.File, fault.File);
    }

    [Fact]
    public async Task Impossible_places_in_a_manifest_are_faults()
    {
        var block = (await Samples.WriteAsync(_store, 10))[0];
        BlockInfo[] wrong =
        [
            block with { Offset = -1 }, block with { Offset = long.MaxValue }, block with { Length = 0 },
            block with { Length = long.MaxValue }, block with { Offset = 1 }, block with { Length = -5 },
        ];
        Assert.Equal(wrong.Length, (await CheckpointVerifier.VerifyAsync(_store, Samples.Manifest(wrong))).Count);
    }

    [Fact]
    public async Task A_missing_or_damaged_manifest_is_a_fault()
    {
        var reference = await ManifestFile.WriteAsync(_store, "job", Samples.Manifest([]));
        Assert.Single(await CheckpointVerifier.VerifyAsync(_store, reference with { Hash = "00" }));
        Assert.Single(await CheckpointVerifier.VerifyAsync(_store, reference with { Checkpoint = 11 }));
        await _store.DeleteAsync(reference.Manifest);
        Assert.Equal(reference.Manifest, Assert.Single(await CheckpointVerifier.VerifyAsync(_store, reference)).File);
    }
}
