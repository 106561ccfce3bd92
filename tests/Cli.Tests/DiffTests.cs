using System.Text.Json;

namespace Gristmill.Cli.Tests;

/// <summary><c>checkpoints diff</c>.</summary>
public sealed class DiffTests(TripsFixture trips)
{
    [Fact]
    public async Task Added_changed_and_removed_keys_are_counted_by_table()
    {
        Assert.Equal((2, 0, 6, 0), Counts(await DiffAsync("1", "2"), "tally", "state"));
        Assert.Equal((0, 2, 6, 0), Counts(await DiffAsync("2", "1"), "tally", "state"));
        Assert.Equal((2, 0, 0, 6), Counts(await DiffAsync("1", "newest"), "tally", "event-timers"));
        Assert.Equal((0, 0, 0, 8), Counts(await DiffAsync("2", "3"), "tally", "state"));
    }

    [Fact]
    public async Task Keys_are_listed_if_asked_for_and_up_to_a_limit()
    {
        JsonElement table = Table(await DiffAsync("1", "2", "--keys"), "tally", "state");
        List<string?> added = [.. table.Items("keys").Where(key => key.Text("change") == "added").Select(key => key.GetProperty("key").Text("Airport"))];
        Assert.Equal(["SFO"], added.Distinct());
        Assert.Equal((8, false), (table.Items("keys").Count, table.Flag("truncated")));
        JsonElement cut = Table(await DiffAsync("1", "2", "--keys", "--limit", "3"), "tally", "state");
        Assert.Equal((3, true), (cut.Items("keys").Count, cut.Flag("truncated")));
        Assert.Empty(Table(await DiffAsync("1", "2"), "tally", "state").Items("keys"));
    }

    [Fact]
    public async Task As_text_it_is_a_table_and_the_keys()
    {
        Answer text = await Tool.RunAsync("checkpoints", "diff", "1", "2", "--store", trips.Folder, "--operator", "tally", "--keys");
        Assert.Equal(0, text.Code);
        text.Says("From checkpoint 1 of job 'trips'", "to checkpoint 2 of job 'trips'", "event-timers", "added   {\"Airport\":\"SFO\",\"Day\":0}", "changed {\"Airport\":\"JFK\",\"Day\":0}");
        Assert.DoesNotContain("hourly", text.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_refused()
    {
        await Tool.FailsAsync(["checkpoints", "diff", "1", "9", "--store", trips.Folder], "B is '9'", "3, 2, 1");
        await Tool.FailsAsync(["checkpoints", "diff", "savepoint:x", "1", "--store", trips.Folder], "A is 'x'", "savepoint");
        await Tool.FailsAsync(["checkpoints", "diff", "1", "2", "--store", trips.Folder, "--operator", "x"], "--operator is 'x'", "'tally'");
    }

    private static JsonElement Table(JsonElement answer, string operatorName, string table)
        => answer.Items("tables").Single(one => one.Text("operator") == operatorName && one.Text("table") == table);

    private static (long Added, long Removed, long Changed, long Unchanged) Counts(JsonElement answer, string operatorName, string table)
    {
        JsonElement diff = Table(answer, operatorName, table);
        Assert.False(diff.Flag("schemaChanged"));
        return (diff.Number("added"), diff.Number("removed"), diff.Number("changed"), diff.Number("unchanged"));
    }

    private Task<JsonElement> DiffAsync(string from, string to, params string[] more) => Tool.JsonAsync(["checkpoints", "diff", from, to, "--store", trips.Folder, .. more]);
}
