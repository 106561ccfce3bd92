using System.Text.Json;
using Gristmill.Checkpoints;

namespace Gristmill.Cli.Tests;

/// <summary><c>checkpoints collect</c>.</summary>
public sealed class CollectTests(TripsFixture trips)
{
    private static readonly string Orphan = CheckpointLayout.NodeFile("trips", 2, 7, 0);
    private static readonly string OnItsWay = CheckpointLayout.NodeFile("trips", 4, 1, 0);

    [Fact]
    public async Task It_deletes_nothing_unasked()
    {
        await Tool.FailsAsync(["checkpoints", "collect", "--store", trips.Folder], "--dry-run", "--yes");
        await Tool.FailsAsync(["checkpoints", "collect", "--store", trips.Folder, "--dry-run", "--yes"], "--dry-run", "--yes");
        await Tool.FailsAsync(["checkpoints", "collect", "--store", trips.Folder, "--dry-run", "--minimum-age", "soon"], "--minimum-age is 'soon'", "00:10:00");
    }

    [Fact]
    public async Task A_dry_run_says_what_would_go_and_why_the_rest_stays_and_touches_nothing()
    {
        using TempFolder copy = WithOrphan();
        int before = Files(copy).Count;
        JsonElement answer = await Tool.JsonAsync("checkpoints", "collect", "--store", copy.Path, "--dry-run", "--minimum-age", "00:00:00");
        Assert.Equal(Orphan, Assert.Single(answer.Items("deletions")).Text("name"));
        Dictionary<string, string> kept = answer.Items("kept").ToDictionary(item => item.Text("name")!, item => item.Text("reason")!);
        Assert.Equal("retained", kept[CheckpointLayout.Manifest("trips", 1, 1)]);
        Assert.Equal("referenced", kept[CheckpointLayout.NodeFile("trips", 1, 1, 0)]);
        Assert.Equal("notYetCommitted", kept[OnItsWay]);
        Assert.Equal(before, Files(copy).Count);

        JsonElement young = await Tool.JsonAsync("checkpoints", "collect", "--store", copy.Path, "--dry-run");
        Assert.Empty(young.Items("deletions"));
        Assert.Contains(young.Items("kept"), item => item.Text("name") == Orphan && item.Text("reason") == "young");
        Answer text = await Tool.RunAsync("checkpoints", "collect", "--store", copy.Path, "--dry-run", "--minimum-age", "00:00:00");
        text.Says("to be deleted", "a retained checkpoint needs it", "1 object, 5 B, would be deleted");
    }

    [Fact]
    public async Task Told_to_it_deletes_that_and_no_more()
    {
        using TempFolder copy = WithOrphan();
        List<string> before = Files(copy);
        await Tool.JsonAsync("checkpoints", "collect", "--store", copy.Path, "--yes", "--minimum-age", "00:00:00");
        Assert.Equal([Path.Combine(copy.Path, Orphan)], before.Except(Files(copy)));
        Assert.Equal(0, (await Tool.RunAsync("checkpoints", "verify", "--store", copy.Path, "--all")).Code);
    }

    private TempFolder WithOrphan()
    {
        TempFolder copy = trips.Copy();
        foreach (string name in new[] { Orphan, OnItsWay })
        {
            string path = Path.Combine(copy.Path, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "waste");
        }

        return copy;
    }

    private static List<string> Files(TempFolder folder) => [.. Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
