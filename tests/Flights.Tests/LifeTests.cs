namespace Gristmill.Flights.Tests;

public class LifeTests
{
    private static readonly string[] Rows = FlightData.Rows[..40_000];

    [Fact]
    public async Task Run_again_after_completion_it_says_so_and_changes_nothing()
    {
        using var folder = new RunFolder();
        string[] arguments = folder.Arguments("--input", FlightData.Write(folder.At("in.csv"), Rows));
        SampleExit first = await SampleProcess.CompleteAsync(arguments);
        List<string> before = folder.Snapshot();
        SampleExit second = await SampleProcess.CompleteAsync(arguments);
        Assert.Contains("complete already", second.Output, StringComparison.Ordinal);
        Assert.Equal(before, folder.Snapshot());
        Assert.Equal(Table(first), Table(second));
    }

    [Fact]
    public async Task A_second_process_takes_the_job_over_and_the_first_stops_with_an_error_that_says_so()
    {
        using var folder = new RunFolder();
        string[] arguments = folder.Arguments("--input", FlightData.Write(folder.At("in.csv.gz"), Rows), "--interval", "50ms");

        // Slow enough not to be through before the second has started, however busy the machine.
        using SampleProcess first = SampleProcess.Start([.. arguments, "--throttle", "1000"]);
        await first.UntilAsync("it had published something", () => folder.PublishedParts() > 0);

        await SampleProcess.CompleteAsync(arguments);
        SampleExit exit = await first.ExitAsync();
        Assert.Equal(1, exit.Code);
        Assert.Contains("another process was started on the same checkpoints and has taken the job over", exit.Error, StringComparison.Ordinal);
        Assert.Equal(FlightData.Report(Rows), folder.Report());
    }

    [Fact]
    public async Task Terminated_it_stops_behind_a_checkpoint_and_goes_on_when_run_again()
    {
        using var folder = new RunFolder();
        string[] arguments = folder.Arguments("--input", FlightData.Write(folder.At("in.csv.gz"), Rows));
        using SampleProcess first = SampleProcess.Start([.. arguments, "--throttle", "4000", "--interval", "100ms"]);
        await first.UntilAsync("it had published something", () => folder.PublishedParts() > 0);

        first.Terminate();
        SampleExit stopped = await first.ExitAsync();
        Assert.Equal(143, stopped.Code);
        Assert.Contains("run the same command again to go on", stopped.Output, StringComparison.Ordinal);

        SampleExit second = await SampleProcess.CompleteAsync(arguments);
        Assert.Contains("goes on from checkpoint", second.Output, StringComparison.Ordinal);
        Assert.Equal(FlightData.Report(Rows), folder.Report());
    }

    private static string Table(SampleExit exit) => exit.Output[exit.Output.IndexOf("ten worst", StringComparison.Ordinal)..];
}
