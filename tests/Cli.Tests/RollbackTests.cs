using System.Text.Json;

namespace Gristmill.Cli.Tests;

/// <summary><c>checkpoints rollback</c>.</summary>
public sealed class RollbackTests(TripsFixture trips)
{
    [Fact]
    public async Task A_job_is_taken_back_and_forth_again_and_nothing_is_lost()
    {
        using TempFolder copy = trips.Copy();
        string first = await DumpAsync(copy.Path, "--checkpoint", "1");
        string newest = await DumpAsync(copy.Path);
        Assert.NotEqual(first, newest);
        JsonElement back = await Tool.JsonAsync("checkpoints", "rollback", "--store", copy.Path, "--to", "1", "--yes");
        Assert.Equal(first, await DumpAsync(copy.Path));
        string before = back.Number("before").ToString(System.Globalization.CultureInfo.InvariantCulture);
        (await Tool.RunAsync("checkpoints", "rollback", "--store", copy.Path, "--to", before, "--yes")).Says($"holds what checkpoint {before} held");
        Assert.Equal(newest, await DumpAsync(copy.Path));
        Assert.Equal(0, (await Tool.RunAsync("checkpoints", "verify", "--store", copy.Path, "--all")).Code);
    }

    [Fact]
    public async Task It_is_not_done_unasked_nor_to_a_checkpoint_that_is_not_there()
    {
        using TempFolder copy = trips.Copy();
        await Tool.FailsAsync(["checkpoints", "rollback", "--store", copy.Path, "--to", "1"], "--yes", "comes twice");
        await Tool.FailsAsync(["checkpoints", "rollback", "--store", copy.Path, "--to", "77", "--yes"], "--to is 77", "there is");
    }

    private static async Task<string> DumpAsync(string store, params string[] which)
        => string.Join(Environment.NewLine, (await Tool.JsonAsync(["state", "dump", "--store", store, "--operator", "pairs", .. which])).Items("entries").Select(entry => entry.ToString()).Order(StringComparer.Ordinal));
}
