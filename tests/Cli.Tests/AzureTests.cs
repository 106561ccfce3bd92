using System.Text.Json;

namespace Gristmill.Cli.Tests;

/// <summary>Stores in Azure blobs, on Azurite.</summary>
public sealed class AzureTests(TripsFixture trips)
{
    private readonly string _address = $"azure:cli-{Guid.NewGuid():N}/prod/checkpoints";

    [AzuriteFact]
    public async Task A_checkpoint_goes_to_a_container_and_comes_back_and_says_the_same()
    {
        using var back = new TempFolder();
        await WellAsync("checkpoints", "copy", "--store", trips.Folder, "--to", _address);
        Assert.Equal(3, (await WellAsync("checkpoints", "list", "--store", _address)).Number("newest"));
        await WellAsync("checkpoints", "verify", "--store", _address);
        await WellAsync("checkpoints", "export", "--store", _address, "--to", _address, "--name", "kept");
        await WellAsync("checkpoints", "copy", "--store", _address, "--to", back.Path);
        JsonElement here = await WellAsync("state", "dump", "--store", trips.Folder, "--operator", "tally");
        JsonElement there = await WellAsync("state", "dump", "--store", _address, "--savepoint", "kept", "--operator", "tally");
        JsonElement again = await WellAsync("state", "dump", "--store", back.Path, "--operator", "tally");
        Assert.Equal(here.GetProperty("entries").GetRawText(), there.GetProperty("entries").GetRawText());
        Assert.Equal(here.GetProperty("entries").GetRawText(), again.GetProperty("entries").GetRawText());
    }

    [AzuriteFact]
    public async Task A_container_that_is_not_there_is_no_empty_store_and_is_not_made()
    {
        foreach (int _ in Enumerable.Range(0, 2))
        {
            Answer answer = await Tool.RunAsync("checkpoints", "list", "--store", _address, "--connection-string", Azurite.ConnectionString);
            Assert.Equal((2, ""), (answer.Code, answer.Text));
            Assert.Contains("cli-", answer.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("holds no job", answer.Error, StringComparison.Ordinal);
        }
    }

    private static async Task<JsonElement> WellAsync(params string[] args)
    {
        Answer answer = await Tool.RunAsync(name => name == "GRISTMILL_AZURE_CONNECTION" ? Azurite.ConnectionString : null, [.. args, "--json"]);
        Assert.True(answer.Code == 0, answer.Error);
        return answer.Json;
    }
}
