using System.Text.Json;
using Gristmill.Checkpoints;

namespace Gristmill.Cli.Tests;

/// <summary><c>checkpoints export</c> and <c>copy</c>.</summary>
public sealed class CopyTests(TripsFixture trips)
{
    [Fact]
    public async Task An_export_needs_nothing_but_its_own_folder_and_says_the_same()
    {
        using var target = new TempFolder();
        JsonElement answer = await Tool.JsonAsync("checkpoints", "export", "--store", trips.Folder, "--checkpoint", "2", "--to", target.Path, "--name", "before");
        Assert.Equal(["blocks.state", "manifest.json"], Directory.GetFiles(target.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order());
        Assert.Equal("trips/savepoints/before/manifest.json", answer.Text("manifest"));
        Assert.Equal(await DumpAsync(trips.Folder, "--checkpoint", "2"), await DumpAsync(target.Path, "--savepoint", "before"));
        Assert.Equal(0, (await Tool.RunAsync("checkpoints", "verify", "--store", target.Path, "--savepoint", "before")).Code);
        JsonElement shown = await Tool.JsonAsync("checkpoints", "show", "--store", target.Path, "--savepoint", "before");
        Assert.Equal(("before", 2L), (shown.Text("savepoint"), shown.Number("checkpoint")));
        Assert.Equal("before", Assert.Single((await Tool.JsonAsync("checkpoints", "list", "--store", target.Path)).Items("savepoints")).GetString());
    }

    [Fact]
    public async Task A_savepoint_beside_its_job_is_compared_and_verified_with_the_checkpoints()
    {
        using TempFolder copy = trips.Copy();
        (await Tool.RunAsync("checkpoints", "export", "--store", copy.Path, "--checkpoint", "1", "--to", copy.Path)).Says("savepoint 'checkpoint-1-g1'");
        JsonElement diff = await Tool.JsonAsync("checkpoints", "diff", "1", "savepoint:checkpoint-1-g1", "--store", copy.Path);
        Assert.All(diff.Items("tables"), table => Assert.Equal((0L, 0L, 0L), (table.Number("added"), table.Number("removed"), table.Number("changed"))));
        await Tool.FailsAsync(["checkpoints", "export", "--store", copy.Path, "--checkpoint", "1", "--to", copy.Path], "--name is 'checkpoint-1-g1'", "choose another");
        await Tool.FailsAsync(["checkpoints", "export", "--store", copy.Path, "--to", copy.Path, "--name", "a/b"], "--name is 'a/b'");
        Damage.Flip(Path.Combine(copy.Path, "trips", "savepoints", "checkpoint-1-g1", "blocks.state"), 100);
        Answer verified = await Tool.RunAsync("checkpoints", "verify", "--store", copy.Path, "--all");
        Assert.Equal(1, verified.Code);
        verified.Says("savepoint 'checkpoint-1-g1': DAMAGED", "checkpoint 1: whole");
    }

    [Fact]
    public async Task A_job_goes_on_from_a_copy_in_another_store()
    {
        using var target = new TempFolder();
        JsonElement answer = await Tool.JsonAsync("checkpoints", "copy", "--store", trips.Folder, "--checkpoint", "1", "--to", target.Path);
        Assert.Equal("created", answer.Text("head"));
        Assert.Equal(await DumpAsync(trips.Folder, "--checkpoint", "1"), await DumpAsync(target.Path));

        var store = new FileCheckpointStore(target.Path);
        using EmbeddedJob job = Trips.Create(new Feed<Trips.Trip>().Add(Trips.Rows(0, Trips.All)).Complete(), store, new Collected<long>());
        await job.CompletesAsync();
        Assert.Equal(Trips.All - Trips.First, job.Status.RecordsIn);
        JsonElement entry = (await Tool.JsonAsync("state", "query", "--store", target.Path, "--operator", "pairs", "--key", "[3,\"Lyon\"]")).Items("entries").Single();
        Assert.Equal(59, entry.GetProperty("states").GetProperty("last").Number("Number"));
    }

    [Fact]
    public async Task A_head_that_is_there_stays_unless_it_is_to_be_moved_and_then_fences_who_runs()
    {
        using TempFolder target = trips.Copy();
        using var early = new TempFolder();
        await Tool.JsonAsync("checkpoints", "copy", "--store", trips.Folder, "--checkpoint", "1", "--to", early.Path);
        string[] copy = ["checkpoints", "copy", "--store", early.Path, "--to", target.Path];

        JsonElement kept = await Tool.JsonAsync(copy);
        Assert.Equal("kept", kept.Text("head"));
        Assert.All(kept.Items("files"), file => Assert.True(file.Flag("wasThere")));
        Assert.Equal(3, (await Tool.JsonAsync("checkpoints", "list", "--store", target.Path)).Number("newest"));

        Assert.Equal("moved", (await Tool.JsonAsync([.. copy, "--move-head"])).Text("head"));
        JsonElement moved = await Tool.JsonAsync("checkpoints", "list", "--store", target.Path);
        Assert.Equal((1L, 2L), (moved.Number("newest"), moved.Number("generation")));
        Assert.Single(moved.Items("checkpoints"));
        Assert.Equal("namesIt", (await Tool.JsonAsync([.. copy, "--move-head"])).Text("head"));

        using EmbeddedJob job = Trips.Create(new Feed<Trips.Trip>().Add(Trips.Rows(0, Trips.All)).Complete(), new FileCheckpointStore(target.Path), new Collected<long>());
        await job.CompletesAsync();
        Assert.Equal(0, (await Tool.RunAsync("checkpoints", "verify", "--store", target.Path, "--all")).Code);
    }

    [Fact]
    public async Task Damage_is_not_copied_and_no_head_points_at_half_a_copy()
    {
        using TempFolder copy = trips.Copy();
        using var target = new TempFolder();
        string file = Path.Combine(copy.Path, CheckpointLayout.NodeFile("trips", 3, 1, 0));
        Damage.Flip(file, (int)new FileInfo(file).Length - 1);
        await Tool.FailsAsync(["checkpoints", "copy", "--store", copy.Path, "--to", target.Path], CheckpointLayout.NodeFile("trips", 3, 1, 0), "hash");
        await Tool.FailsAsync(["checkpoints", "export", "--store", copy.Path, "--to", target.Path], CheckpointLayout.NodeFile("trips", 3, 1, 0), "hash");
        Assert.Empty(Directory.EnumerateFiles(target.Path, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Another_object_of_the_same_name_is_never_overwritten()
    {
        using TempFolder target = trips.Copy();
        string file = Path.Combine(target.Path, CheckpointLayout.NodeFile("trips", 3, 1, 0));
        Damage.Flip(file, (int)new FileInfo(file).Length - 1);
        byte[] before = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        await Tool.FailsAsync(["checkpoints", "copy", "--store", trips.Folder, "--to", target.Path], "--to", "another object", "empty store");
        Assert.Equal(before, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Files_of_earlier_checkpoints_and_savepoints_come_along()
    {
        using var folder = new TempFolder();
        using var target = new TempFolder();
        await SharedBlocks.WriteAsync(new FileCheckpointStore(folder.Path));
        JsonElement answer = await Tool.JsonAsync("checkpoints", "copy", "--store", folder.Path, "--to", target.Path);
        Assert.Equal(3, answer.Items("files").Count);
        await Tool.JsonAsync("checkpoints", "verify", "--store", target.Path);

        using var other = new TempFolder();
        await Tool.JsonAsync("checkpoints", "export", "--store", folder.Path, "--to", folder.Path, "--name", "kept");
        Assert.Equal("notAsked", (await Tool.JsonAsync("checkpoints", "copy", "--store", folder.Path, "--savepoint", "kept", "--to", other.Path)).Text("head"));
        await Tool.JsonAsync("checkpoints", "verify", "--store", other.Path, "--savepoint", "kept");
        await Tool.FailsAsync(["checkpoints", "copy", "--store", folder.Path, "--savepoint", "kept", "--to", other.Path, "--move-head"], "--move-head", "--savepoint");
    }

    private static async Task<string> DumpAsync(string folder, params string[] which)
    {
        JsonElement answer = await Tool.JsonAsync(["state", "dump", "--store", folder, "--operator", "tally", .. which]);
        return answer.GetProperty("entries").GetRawText();
    }
}
