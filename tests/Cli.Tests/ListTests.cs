using System.Text.Json;
using Gristmill.Checkpoints;
using Gristmill.Protocol;

namespace Gristmill.Cli.Tests;

/// <summary><c>checkpoints list</c> and <c>show</c>.</summary>
public sealed class ListTests(TripsFixture trips)
{
    [Fact]
    public async Task Checkpoints_are_listed_newest_first_with_what_they_hold()
    {
        JsonElement answer = await Tool.JsonAsync("checkpoints", "list", "--store", trips.Folder);
        Assert.Equal("trips", answer.Text("job"));
        Assert.Equal(3, answer.Number("newest"));
        List<JsonElement> rows = answer.Items("checkpoints");
        Assert.Equal([3L, 2, 1], rows.Select(row => row.Number("checkpoint")));
        Assert.Equal([true, false, false], rows.Select(row => row.Flag("newest")));
        Assert.Equal(["stop", "manual", "manual"], rows.Select(row => row.Text("kind")));
        Assert.Equal(["newest", "last 10", "last 10"], rows.Select(row => row.Text("keptBy")));
        Assert.All(rows, row => Assert.True(row.GetProperty("committedAt").GetDateTimeOffset() >= row.GetProperty("createdAt").GetDateTimeOffset().AddMilliseconds(-1)));
        Assert.All(rows, row => Assert.True(row.Number("bytes") > 0 && row.Number("blocks") > 0 && row.Number("files") >= 1));
        Answer text = await Tool.RunAsync("checkpoints", "list", "--store", trips.Folder);
        text.Says("Job 'trips'", "newest", "manual", "stop", "committed", "last 10", "3 checkpoints");
        Assert.Equal(0, text.Code);
    }

    [Fact]
    public async Task Bytes_that_checkpoints_share_count_once_in_the_total_and_for_each_as_referenced()
    {
        using var folder = new TempFolder();
        (long first, long second) = await SharedBlocks.WriteAsync(new FileCheckpointStore(folder.Path));
        JsonElement answer = await Tool.JsonAsync("checkpoints", "list", "--store", folder.Path);
        Assert.Equal(first + second, answer.Number("totalBytes"));
        JsonElement newest = answer.Items("checkpoints")[0];
        Assert.Equal(second, newest.Number("ownBytes"));
        Assert.Equal(first + second, newest.Number("bytes"));
        Assert.Equal(2, newest.Number("files"));
    }

    [Fact]
    public async Task Where_the_head_tells_no_rules_or_times_none_are_made_up_and_tiers_are_told_in_words()
    {
        using var folder = new TempFolder();
        var store = new FileCheckpointStore(folder.Path);
        await SharedBlocks.WriteAsync(store);
        JsonElement answer = await Tool.JsonAsync("checkpoints", "list", "--store", folder.Path);
        Assert.All(answer.Items("checkpoints"), row => Assert.Null(row.Text("keptBy")));
        Assert.All(answer.Items("checkpoints"), row => Assert.Null(row.Text("committedAt")));

        string job = answer.Text("job")!;
        StoredHead stored = (await store.ReadHeadAsync(job))!;
        HeadContent head = HeadContent.Decode(stored.Content, "head");
        var at = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        head = head with
        {
            Newest = head.Newest! with { CommittedAt = at },
            Retained = [head.Retained[0] with { CommittedAt = at.AddHours(-3) }],
            Retention = new HeadRetention { Last = 1, Tiers = [new RetentionTier(3_600_000, 86_400_000)] },
        };
        Assert.True(await store.TryMoveHeadAsync(job, stored.Version, head.Encode()));
        (await Tool.RunAsync("checkpoints", "list", "--store", folder.Path)).Says("first of 01:00:00 for 1.00:00:00", "2026-01-01 09:00:00Z");
        (await Tool.RunAsync("checkpoints", "collect", "--store", folder.Path, "--dry-run")).Says("first of 01:00:00 for 1.00:00:00", "2026-01-01 09:00:00Z");
    }

    [Fact]
    public async Task A_checkpoint_whose_manifest_is_gone_is_listed_with_the_problem()
    {
        using TempFolder copy = trips.Copy();
        File.Delete(Path.Combine(copy.Path, CheckpointLayout.Manifest("trips", 2, 1)));
        Answer answer = await Tool.RunAsync("checkpoints", "list", "--store", copy.Path, "--json");
        Assert.Equal(1, answer.Code);
        List<JsonElement> rows = answer.Json.Items("checkpoints");
        Assert.Contains("manifest-g1.json", rows[1].Text("problem"), StringComparison.Ordinal);
        Assert.Null(rows[0].Text("problem"));
    }

    [Fact]
    public async Task A_manifest_is_shown_with_operators_schemas_and_tables()
    {
        Answer text = await Tool.RunAsync("checkpoints", "show", "--store", trips.Folder, "--checkpoint", "1");
        Assert.Equal(0, text.Code);
        text.Says(
            "Checkpoint 1 of job 'trips'", "tally: ", "parallelism 2", "state total: int64", "state seen: list<int32>", "state tens: map<string, int32>",
            "state: 6 entries", "event-timers: 6 entries", "panes: 3 entries", "16 key groups", "trips/checkpoint-000001/g1-node0.state");
        JsonElement answer = await Tool.JsonAsync("checkpoints", "show", "--store", trips.Folder);
        Assert.Equal(3, answer.Number("checkpoint"));
        JsonElement tally = answer.Items("operators").Single(one => one.Text("name") == "tally");
        Assert.Equal(8, tally.Items("tables").Single(table => table.Text("name") == "state").Number("entries"));
    }

    [Fact]
    public async Task Files_are_shown_by_the_checkpoint_they_come_from_and_deltas_apart_from_bases()
    {
        using var folder = new TempFolder();
        await SharedBlocks.WriteAsync(new FileCheckpointStore(folder.Path));
        JsonElement answer = await Tool.JsonAsync("checkpoints", "show", "--store", folder.Path);
        Assert.Equal([1L, 2], answer.Items("files").Select(file => file.Number("checkpoint")));
        JsonElement table = answer.Items("operators").Single().Items("tables").Single();
        Assert.Equal((1L, 1L, 5L, 2L), (table.Number("baseBlocks"), table.Number("deltaBlocks"), table.Number("entries"), table.Number("deltaEntries")));
        (await Tool.RunAsync("checkpoints", "show", "--store", folder.Path)).Says("5 + 2 changed entries", "1 base and 1 delta block");
    }
}
