using System.Globalization;

namespace Gristmill.Flights.Tests;

public class CrashTests(ITestOutputHelper log)
{
    private const int Kills = 12;
    private const int RowCount = 150_000;

    // Twelve lives get nowhere near the end at this rate; the last one is not slowed down.
    private const string Throttle = "15000";

    [Fact]
    public async Task Killed_at_twelve_moments_it_gives_the_output_of_an_undisturbed_run()
    {
        string[] rows = FlightData.Rows[..RowCount];
        using var undisturbed = new RunFolder();
        string input = FlightData.Write(undisturbed.At("in.csv.gz"), rows);
        await SampleProcess.CompleteAsync(undisturbed.Arguments("--input", input));

        using var killed = new RunFolder();
        await RunKilledAsync(killed, ["--input", input]);
        Assert.Equal(undisturbed.Report(), killed.Report());
        Assert.Equal(FlightData.Report(rows), killed.Report());
        Assert.Empty(killed.Late());
    }

    [Fact]
    public async Task Killed_at_twelve_moments_it_accounts_for_late_rows_too()
    {
        string[] rows = FlightData.Rows[..RowCount];
        using var killed = new RunFolder();

        // Several plain files: other splits, and readers that seek.
        Directory.CreateDirectory(killed.At("in"));
        for (int i = 0; i < 3; i++)
            FlightData.Write(killed.At($"in/{i}.csv"), rows[(i * RowCount / 3)..((i + 1) * RowCount / 3)]);
        await RunKilledAsync(killed, ["--input", killed.At("in/*.csv"), "--lateness", "4h", "--parallelism", "2"]);
        Accounts.AssertEachRowOnce(rows, killed);
    }

    private async Task RunKilledAsync(RunFolder folder, string[] options)
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("FLIGHTS_SEED"), CultureInfo.InvariantCulture, out int given) ? given : Random.Shared.Next();
        log.WriteLine($"Kill moments by FLIGHTS_SEED={seed}");
        var random = new Random(seed);
        for (int kill = 0; kill < Kills; kill++)
            await KillOnceAsync(folder, kill, random, options);

        SampleExit exit = await SampleProcess.CompleteAsync(folder.Arguments(options));
        Assert.Contains("goes on from checkpoint", exit.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFiles(folder.At("out/report/.staging")), path => !path.Contains(".applied-", StringComparison.Ordinal));
    }

    /// <summary>Lives of three kinds in turn: cut while it starts, just after it took the job over, and after it has published something.</summary>
    private async Task KillOnceAsync(RunFolder folder, int kill, Random random, string[] options)
    {
        (string what, Func<bool> reached, int longest) = (kill % 3) switch
        {
            0 => ("it had started", () => true, 500),
            1 => ("its head had moved", Above(folder.HeadMoves, 1), 60),
            _ => ("it had published", Above(folder.PublishedParts, random.Next(1, 5)), 60),
        };
        int after = random.Next(longest);
        using SampleProcess process = SampleProcess.Start(folder.Arguments([.. options, "--throttle", Throttle, "--interval", "40ms"]));
        await process.UntilAsync(what, reached);

        // Not a wait for anything: the moment of the kill.
        await Task.Delay(after);
        Assert.False(process.HasExited, $"It ended before it was killed.\n{process.Output}\n{process.Error}");
        await process.KillAsync();
        log.WriteLine($"Kill {kill + 1}: {after} ms after {what}; head {folder.HeadMoves()}, {folder.PublishedParts()} parts");
    }

    private static Func<bool> Above(Func<int> count, int more)
    {
        int enough = count() + more;
        return () => count() >= enough;
    }
}
