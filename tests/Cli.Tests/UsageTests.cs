using Gristmill.Checkpoints;

namespace Gristmill.Cli.Tests;

/// <summary>Wrong usage: exit code 2, nothing on standard output, and an error that names argument, value and remedy.</summary>
public sealed class UsageTests(TripsFixture trips)
{
    [Theory, InlineData("checkpoints"), InlineData("checkpoints list"), InlineData("checkpoints lst"), InlineData("state query --store x"), InlineData("history --nothing")]
    public async Task What_the_parser_refuses_is_wrong_usage(string line) => await Tool.FailsAsync(line.Split(' '), "--help");

    [Fact]
    public async Task Help_is_an_answer()
    {
        Answer answer = await Tool.RunAsync("state", "query", "--help");
        Assert.Equal(0, answer.Code);
        answer.Says("--operator", "--key", "--savepoint", "--store", "azure:CONTAINER");
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_named_and_not_made()
    {
        string folder = Path.Combine(Path.GetTempPath(), "gristmill-nowhere");
        await Tool.FailsAsync(["checkpoints", "list", "--store", folder], "--store", folder, "azure:CONTAINER");
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task An_azure_container_without_a_connection_string_names_the_variable()
        => await Tool.FailsAsync(["checkpoints", "list", "--store", "azure:checkpoints"], "--store", "azure:checkpoints", "GRISTMILL_AZURE_CONNECTION");

    [Fact]
    public async Task A_faulty_connection_string_is_refused_without_being_shown()
    {
        Answer answer = await Tool.RunAsync("checkpoints", "list", "--store", "azure:Wrong_Name", "--connection-string", "Secret=5");
        Assert.Equal(2, answer.Code);
        Assert.Contains("Wrong_Name", answer.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Secret=5", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_without_jobs_says_so()
    {
        using var folder = new TempFolder();
        await Tool.FailsAsync(["checkpoints", "list", "--store", folder.Path], "--store", "no job");
        await Tool.FailsAsync(["checkpoints", "list", "--store", folder.Path, "--job", "trips"], "--job is 'trips'", "none");
    }

    [Fact]
    public async Task One_of_several_jobs_must_be_named_and_the_error_names_them()
    {
        using TempFolder copy = trips.Copy();
        await SharedBlocks.WriteAsync(new FileCheckpointStore(copy.Path), "another");
        await Tool.FailsAsync(["checkpoints", "list", "--store", copy.Path], "--job", "'another', 'trips'");
        await Tool.FailsAsync(["history", "--store", copy.Path, "--job", "tripz"], "--job is 'tripz'", "'another', 'trips'");
        await Tool.FailsAsync(["history", "--store", copy.Path, "--job", "../x"], "--job is '../x'", "'another', 'trips'");
        Assert.Equal(2, (await Tool.JsonAsync("checkpoints", "list", "--store", copy.Path, "--job", "another")).Items("checkpoints").Count);
    }

    [Fact]
    public async Task A_checkpoint_that_is_not_committed_is_refused_with_those_that_are()
    {
        foreach (string number in new[] { "7", "-1", "old" })
            await Tool.FailsAsync(["checkpoints", "show", "--store", trips.Folder, "--checkpoint", number], $"--checkpoint is '{number}'", "3, 2, 1", "newest");
        await Tool.FailsAsync(["checkpoints", "show", "--store", trips.Folder, "--savepoint", "before"], "--savepoint is 'before'", "it has none");
        await Tool.FailsAsync(["checkpoints", "show", "--store", trips.Folder, "--savepoint", "a/b"], "--savepoint is 'a/b'");
        await Tool.FailsAsync(["checkpoints", "show", "--store", trips.Folder, "--checkpoint", "1", "--savepoint", "x"], "--checkpoint is '1'", "--savepoint 'x'");
    }

    [Fact]
    public async Task A_damaged_head_is_named_and_is_not_taken_for_an_empty_job()
    {
        using TempFolder copy = trips.Copy();
        string head = Directory.GetFiles(Path.Combine(copy.Path, "trips", "head")).Order(StringComparer.Ordinal).Last();
        Damage.Flip(head, (int)new FileInfo(head).Length / 2);
        await Tool.FailsAsync(["checkpoints", "list", "--store", copy.Path], "trips", "damaged");
    }

    [Fact]
    public async Task Being_cancelled_is_no_error_and_no_answer()
    {
        using var answers = new MemoryStream();
        await using var errors = new StringWriter();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        int code = await GristmillTool.RunAsync(["checkpoints", "verify", "--all", "--store", trips.Folder], new ToolOutput(answers, errors), _ => null, cancelled.Token);
        Assert.Equal((130, 0L), (code, answers.Length));
        Assert.Contains("Cancelled", errors.ToString(), StringComparison.Ordinal);
    }
}
