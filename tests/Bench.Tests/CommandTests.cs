using System.Text.Json;

namespace Gristmill.Bench.Tests;

/// <summary>The command line.</summary>
public class CommandTests
{
    [Theory]
    [InlineData("off", "0.5")]
    [InlineData("20ms", "0.5")]
    [InlineData("1.5s", "1")]
    public async Task A_run_prints_its_result_as_one_line_of_json(string checkpoint, string failAt)
    {
        (int code, string output, string error) = await RunAsync(
            "nexmark", "kc", "--events", "100k", "--keys", "1000", "--warmup", "1000", "--parallelism", "2", "--checkpoint", checkpoint,
            "--store", "memory", "--fail-at", failAt, "--json");
        Assert.Equal((0, ""), (code, error));
        JsonElement result = JsonElement.Parse(output);
        Assert.Equal(Expected.Of("kc", 42, 100_000).Hash, result.GetProperty("hash").GetString());
        Assert.Equal(100_000, result.GetProperty("rows").GetInt64());
        Assert.All(
            ["query", "events", "parallelism", "seconds", "cpuSeconds", "eventsPerSecond", "checkpoints", "checkpointMillisecondsMax", "pauseMillisecondsMax",
                "checkpointBytes", "recoverySeconds"],
            name => Assert.True(result.TryGetProperty(name, out _), name));
    }

    [Fact]
    public async Task Keys_loaded_before_the_clock_starts_give_no_rows_and_counts_go_on_from_them()
    {
        (int code, string output, string error) = await RunAsync("nexmark", "kc", "--keys", "1000", "--events", "1000", "--warmup", "0", "--preload", "--parallelism", "2", "--json", "--checkpoint", "off");
        Assert.Equal((0, ""), (code, error));
        using var result = System.Text.Json.JsonDocument.Parse(output);
        Assert.Equal(1000, result.RootElement.GetProperty("rows").GetInt64());
        (_, string cold, _) = await RunAsync("nexmark", "kc", "--keys", "1000", "--events", "1000", "--warmup", "0", "--parallelism", "2", "--json", "--checkpoint", "off");
        Assert.NotEqual(System.Text.Json.JsonDocument.Parse(cold).RootElement.GetProperty("hash").GetString(), result.RootElement.GetProperty("hash").GetString());
    }

    [Fact]
    public async Task A_run_prints_its_result_as_a_table()
    {
        (int code, string output, string error) = await RunAsync("nexmark", "q2", "--events", "100000", "--warmup", "0", "--store", "memory");
        Assert.Equal((0, ""), (code, error));
        Assert.Contains($"364 rows, {Expected.Of("q2", 42, 100_000).Hash}", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Required command")]
    [InlineData("'nexmark'", "nexmark")]
    [InlineData("'q99'", "nexmark", "q99")]
    [InlineData("--events is 'x'", "nexmark", "q0", "--events", "x")]
    [InlineData("--events is '0'", "nexmark", "q0", "--events", "0")]
    [InlineData("--events is '9999999999999M'", "nexmark", "q0", "--events", "9999999999999M")]
    [InlineData("--checkpoint is '10'", "nexmark", "q0", "--checkpoint", "10")]
    [InlineData("--shuffle is a multiple of 953", "nexmark", "q0", "--shuffle", "1906")]
    [InlineData("--fail-at must be", "nexmark", "q0", "--fail-at", "1.1")]
    [InlineData("--rescale-at must be", "nexmark", "q0", "--rescale-at", "1.1")]
    [InlineData("--rescale-to needs --rescale-at", "nexmark", "q0", "--rescale-to", "2")]
    [InlineData("--hot must be", "nexmark", "kc", "--hot", "0")]
    [InlineData("--preload and --hot are for kc", "nexmark", "q0", "--preload")]
    [InlineData("--preload and --hot are for kc", "nexmark", "q7", "--hot", "0.5")]
    [InlineData("'--nonsense'", "nexmark", "q0", "--nonsense")]
    public async Task Wrong_use_is_said_and_exits_with_2(string complaint, params string[] args)
    {
        (int code, string _, string error) = await RunAsync(args);
        Assert.Equal(2, code);
        Assert.Contains(complaint, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_query_and_exits_with_0()
    {
        (int code, string output, string error) = await RunAsync("nexmark", "--help");
        Assert.Equal((0, ""), (code, error));
        Assert.All(Query.All, query => Assert.Contains($"{query.Name}: {query.Summary}", output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_store_that_cannot_be_made_is_said_and_exits_with_1()
    {
        (int code, string _, string error) = await RunAsync("nexmark", "q0", "--events", "1000", "--warmup", "0", "--store", "/dev/null/x");
        Assert.Equal(1, code);
        Assert.Contains("/dev/null", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        int code = await CommandLine.RunAsync(args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
