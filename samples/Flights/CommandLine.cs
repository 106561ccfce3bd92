using System.CommandLine;

namespace Gristmill.Samples.Flights;

/// <summary>The command line's contract.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(20);

    private static readonly string[] Examples = ["500ms", "1s", "48h", "2d"];

    private static readonly Option<string?> Input = FlightsOptions.Input();

    private static readonly Option<string> Output = FlightsOptions.Output();

    private static readonly Option<string> Checkpoints = SampleOptions.Checkpoints("a path");

    private static readonly Option<TimeSpan?> Interval = SampleOptions.Duration(
        "--interval", "How often a checkpoint is taken:", "1s", TimeSpan.FromMilliseconds(1), LongestDuration, Examples);

    private static readonly Option<int?> Parallelism = SampleOptions.Parallelism();

    private static readonly Option<TimeSpan?> Lateness = SampleOptions.Duration(
        "--lateness", "How far behind the newest scheduled departure a flight may be and still be in time:", "48h", TimeSpan.Zero, LongestDuration, Examples);

    private static readonly Option<double?> Throttle = FlightsOptions.Throttle("Reads at most so many rows a second.");

    public static Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Delays of departures by airport and hour, exactly once: kill it at any moment and run the same command again.")
        {
            Input, Output, Checkpoints, Interval, Parallelism, Lateness, Throttle,
        };
        root.SetAction((parsed, _) => FlightsProgram.RunAsync(new Settings(
            parsed.GetValue(Input) ?? Settings.OwnInput,
            parsed.GetValue(Output)!,
            parsed.GetValue(Checkpoints)!,
            parsed.GetValue(Interval) ?? TimeSpan.FromSeconds(1),
            parsed.GetValue(Parallelism) ?? SampleOptions.Processors,
            parsed.GetValue(Lateness) ?? TimeSpan.FromHours(48),
            parsed.GetValue(Throttle))));
        return SampleCommand.RunAsync(root, args);
    }
}
