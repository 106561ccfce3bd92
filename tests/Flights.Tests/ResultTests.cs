namespace Gristmill.Flights.Tests;

public class ResultTests
{
    [Fact]
    public async Task The_report_of_a_month_is_what_a_plain_computation_gives()
    {
        using var folder = new RunFolder();
        SampleExit exit = await SampleProcess.CompleteAsync(folder.Arguments());
        Assert.Equal(FlightData.Report(FlightData.Rows), folder.Report());
        Assert.Empty(folder.Late());
        Assert.Contains("508,219 flights", exit.Output, StringComparison.Ordinal);
        Assert.Contains("ten worst airports", exit.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Neither_parallelism_nor_the_division_into_files_changes_the_report(int parallelism)
    {
        using var folder = new RunFolder();
        string[] rows = FlightData.Rows[..60_000];
        Directory.CreateDirectory(folder.At("in/older"));
        FlightData.Write(folder.At("in/older/1.csv.gz"), rows[..25_000]);
        FlightData.Write(folder.At("in/2.csv"), rows[25_000..40_000]);
        FlightData.Write(folder.At("in/3.csv.gz"), rows[40_000..]);
        await SampleProcess.CompleteAsync(folder.Arguments("--input", folder.At("in/**"), "--parallelism", $"{parallelism}", "--interval", "100ms"));
        Assert.Equal(FlightData.Report(rows), folder.Report());
        Assert.Empty(folder.Late());
    }

    [Fact]
    public async Task With_a_short_lateness_each_row_is_either_reported_or_late()
    {
        using var folder = new RunFolder();
        await SampleProcess.CompleteAsync(folder.Arguments("--lateness", "4h"));
        Accounts.AssertEachRowOnce(FlightData.Rows, folder);
        Assert.NotEmpty(folder.Late());
    }

    [Fact]
    public async Task A_late_row_is_handed_on_byte_for_byte()
    {
        const string late = "\"2001-01-01 05:00\",2001-01-01T05:10:30,007,\"A, \"\"B\"\"\",Zürich";
        using var folder = new RunFolder();
        string input = FlightData.Write(folder.At("in.csv"), ["2001-01-01T12:00,2001-01-01T12:10,1,AAA,BBB", late]);

        // A quarter of a second between two rows: nothing is at hand after the first, so its watermark goes out before the second.
        await SampleProcess.CompleteAsync(folder.Arguments("--input", input, "--lateness", "0", "--throttle", "4"));
        Assert.Equal([late], folder.Late());
        Assert.Equal(["AAA,2001-01-01T12:00,1,10,10"], folder.Report());
    }
}
