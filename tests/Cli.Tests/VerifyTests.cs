using System.Text.Json;
using Gristmill.Checkpoints;

namespace Gristmill.Cli.Tests;

/// <summary><c>checkpoints verify</c>.</summary>
public sealed class VerifyTests(TripsFixture trips)
{
    [Fact]
    public async Task Whole_checkpoints_are_whole()
    {
        JsonElement answer = await Tool.JsonAsync("checkpoints", "verify", "--store", trips.Folder, "--all");
        Assert.True(answer.Flag("ok"));
        Assert.Equal([3L, 2, 1], answer.Items("checkpoints").Select(one => one.Number("checkpoint")));
        Assert.Single((await Tool.JsonAsync("checkpoints", "verify", "--store", trips.Folder)).Items("checkpoints"));
    }

    [Fact]
    public async Task One_changed_bit_is_found_and_whose_it_is_is_said()
    {
        using TempFolder copy = trips.Copy();
        var store = new FileCheckpointStore(copy.Path);
        Manifest manifest = await ManifestFile.ReadAsync(store, CheckpointLayout.Manifest("trips", 2, 1));
        BlockInfo block = manifest.Blocks.First(block => block is { Operator: "tally", Name: "state" });
        Damage.Flip(Path.Combine(copy.Path, block.File), (int)(block.Offset + block.Length - 1));

        Answer answer = await Tool.RunAsync("checkpoints", "verify", "--store", copy.Path, "--all", "--json");
        Assert.Equal(1, answer.Code);
        Assert.False(answer.Json.Flag("ok"));
        List<JsonElement> all = answer.Json.Items("checkpoints");
        Assert.Equal([true, false, true], all.Select(one => one.Flag("ok")));
        JsonElement fault = Assert.Single(all[1].Items("faults"));
        Assert.Equal(("tally", "state", block.Offset, block.File), (fault.Text("operator"), fault.Text("block"), fault.Number("offset"), fault.Text("file")));

        Answer text = await Tool.RunAsync("checkpoints", "verify", "--store", copy.Path, "--checkpoint", "2");
        Assert.Equal(1, text.Code);
        text.Says("checkpoint 2: DAMAGED", "tally#", "hash");
        Assert.Equal(0, (await Tool.RunAsync("checkpoints", "verify", "--store", copy.Path, "--checkpoint", "3")).Code);
        await Tool.FailsAsync(["state", "query", "--store", copy.Path, "--checkpoint", "2", "--operator", "tally", "--key", "[\"nowhere\",1]"], block.File, "damaged", "verify --all");
    }

    [Fact]
    public async Task A_missing_file_and_a_changed_manifest_are_found()
    {
        using TempFolder copy = trips.Copy();
        File.Delete(Path.Combine(copy.Path, CheckpointLayout.NodeFile("trips", 3, 1, 0)));
        Damage.Flip(Path.Combine(copy.Path, CheckpointLayout.Manifest("trips", 1, 1)), 40);
        Answer answer = await Tool.RunAsync("checkpoints", "verify", "--store", copy.Path, "--all");
        Assert.Equal(1, answer.Code);
        answer.Says("checkpoint 3: DAMAGED", "is missing", "checkpoint 2: whole", "checkpoint 1: DAMAGED", "manifest-g1.json", "2 of 3 checkpoints");
    }

    [Fact]
    public async Task A_damaged_block_counts_against_every_checkpoint_that_needs_it()
    {
        using var folder = new TempFolder();
        await SharedBlocks.WriteAsync(new FileCheckpointStore(folder.Path));
        Damage.Flip(Path.Combine(folder.Path, CheckpointLayout.NodeFile("sharing", 1, 1, 0)), 200);
        Answer answer = await Tool.RunAsync("checkpoints", "verify", "--store", folder.Path, "--all", "--json");
        Assert.Equal([false, false], answer.Json.Items("checkpoints").Select(one => one.Flag("ok")));
    }

    [Fact]
    public async Task All_and_one_are_not_asked_for_together()
        => await Tool.FailsAsync(["checkpoints", "verify", "--store", trips.Folder, "--all", "--checkpoint", "1"], "--all", "--checkpoint");
}
