using Gristmill.Samples.Flights;

namespace Gristmill.Flights.Tests;

public class UsageTests
{
    [Theory]
    [InlineData("--interval is 'soon'", "--interval", "soon")]
    [InlineData("--interval is '0s'", "--interval", "0s")]
    [InlineData("--lateness is '-4h'", "--lateness", "-4h")]
    [InlineData("--parallelism is 0", "--parallelism", "0")]
    [InlineData("'many'", "--parallelism", "many")]
    [InlineData("--throttle is '0'", "--throttle", "0")]
    [InlineData("--output is empty", "--output", " ")]
    [InlineData("--input is empty", "--input", "")]
    [InlineData("'--sideways'", "--sideways")]
    public async Task A_wrong_option_is_named_and_the_exit_code_is_2(string message, params string[] options)
    {
        using var folder = new RunFolder();
        SampleExit exit = await SampleProcess.RunAsync([.. options, "--checkpoints", folder.Checkpoints]);
        Assert.Equal(2, exit.Code);
        Assert.Contains(message, exit.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Checkpoints));
    }

    [Fact]
    public async Task Checkpoints_of_a_run_that_asked_something_else_are_refused()
    {
        using var folder = new RunFolder();
        string input = FlightData.Write(folder.At("in.csv"), FlightData.Rows[..1000]);
        await SampleProcess.CompleteAsync(folder.Arguments("--input", input));
        List<string> before = folder.Snapshot();
        SampleExit exit = await SampleProcess.RunAsync(folder.Arguments("--input", input, "--lateness", "4h"));
        Assert.Equal(2, exit.Code);
        Assert.Contains("its --lateness is 2d, not 4h", exit.Error, StringComparison.Ordinal);
        Assert.Equal(before, folder.Snapshot());
    }

    [Fact]
    public async Task A_result_of_another_run_is_not_added_to()
    {
        using var folder = new RunFolder();
        string input = FlightData.Write(folder.At("in.csv"), FlightData.Rows[..1000]);
        await SampleProcess.CompleteAsync(folder.Arguments("--input", input));
        List<string> before = folder.Snapshot();
        SampleExit exit = await SampleProcess.RunAsync("--input", input, "--output", folder.Output, "--checkpoints", folder.At("others"));
        Assert.Equal(2, exit.Code);
        Assert.Contains("holds the result of a run whose checkpoints are not in", exit.Error, StringComparison.Ordinal);
        Assert.Equal(before, folder.Snapshot());
    }

    [Fact]
    public async Task A_missing_file_fails_the_job_and_is_named()
    {
        using var folder = new RunFolder();
        SampleExit exit = await SampleProcess.RunAsync(folder.Arguments("--input", folder.At("nothing.csv")));
        Assert.Equal(1, exit.Code);
        Assert.Contains("nothing.csv' is missing", exit.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_is_none_fails_the_job_with_file_and_line()
    {
        using var folder = new RunFolder();
        string input = FlightData.Write(folder.At("in.csv"), [.. FlightData.Rows[..10], "yesterday,2001-01-01T05:10,1,AAA,BBB"]);
        SampleExit exit = await SampleProcess.RunAsync(folder.Arguments("--input", input));
        Assert.Equal(1, exit.Code);
        Assert.Contains($"{input}, line 12", exit.Error, StringComparison.Ordinal);
        Assert.Contains("'yesterday'", exit.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("1s", 1000)]
    [InlineData("1.5m", 90_000)]
    [InlineData("48h", 172_800_000)]
    [InlineData("2d", 172_800_000)]
    [InlineData("0", 0)]
    public void A_duration_is_a_number_and_a_unit(string text, long milliseconds)
    {
        Assert.True(Durations.TryParse(text, out TimeSpan duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("1")]
    [InlineData("1 week")]
    [InlineData("99999999999999999999d")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(Durations.TryParse(text, out _));
}
