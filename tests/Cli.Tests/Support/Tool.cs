using System.Text;
using System.Text.Json;

namespace Gristmill.Cli.Tests;

/// <summary>Runs the tool in this process.</summary>
internal static class Tool
{
    public static Task<Answer> RunAsync(params string[] args) => RunAsync(_ => null, args);

    public static async Task<Answer> RunAsync(Func<string, string?> environment, params string[] args)
    {
        using var answers = new MemoryStream();
        await using var errors = new StringWriter();
        int code = await GristmillTool.RunAsync(args, new ToolOutput(answers, errors), environment, TestContext.Current.CancellationToken);
        return new Answer(code, Encoding.UTF8.GetString(answers.ToArray()), errors.ToString());
    }

    /// <summary>Runs a command that must succeed, and reads its answer as JSON.</summary>
    public static async Task<JsonElement> JsonAsync(params string[] args)
    {
        Answer answer = await RunAsync([.. args, "--json"]);
        Assert.True(answer.Code == 0, answer.Error);
        Assert.Equal("", answer.Error);
        return answer.Json;
    }

    /// <summary>Runs a command that must fail as wrong usage, answer nothing, and say all of this.</summary>
    public static async Task FailsAsync(string[] args, params string[] said)
    {
        foreach (string[] variant in new[] { args, [.. args, "--json"] })
        {
            Answer answer = await RunAsync(variant);
            Assert.Equal(2, answer.Code);
            Assert.Equal("", answer.Text);
            Assert.All(said, part => Assert.Contains(part, answer.Error, StringComparison.Ordinal));
            Assert.DoesNotContain("   at ", answer.Error, StringComparison.Ordinal);
        }
    }
}

/// <summary>What the tool said.</summary>
internal sealed record Answer(int Code, string Text, string Error)
{
    /// <summary>The answer as the one JSON document it must be.</summary>
    public JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Text);
            return document.RootElement.Clone();
        }
    }

    public void Says(params string[] parts) => Assert.All(parts, part => Assert.Contains(part, Text, StringComparison.Ordinal));
}

internal static class JsonExtensions
{
    public static List<JsonElement> Items(this JsonElement json, string name) => [.. json.GetProperty(name).EnumerateArray()];

    public static string? Text(this JsonElement json, string name) => json.GetProperty(name).GetString();

    public static long Number(this JsonElement json, string name) => json.GetProperty(name).GetInt64();

    public static bool Flag(this JsonElement json, string name) => json.GetProperty(name).GetBoolean();
}
