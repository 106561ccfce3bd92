using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Gristmill.Samples.Flights;

/// <summary>The command line's contract.</summary>
internal static class CommandLine
{
    private const int MostSubtasks = 256;

    private static readonly TimeSpan LongestDuration = TimeSpan.FromDays(20);

    private static readonly Option<string?> Input = new("--input")
    {
        Description = "A CSV file, plain or gzip, or a pattern with * or **. Default: the flights that come with the sample.",
        HelpName = "FILE-OR-GLOB",
    };

    private static readonly Option<string> Output = new("--output")
    {
        Description = "Where the folders 'report' and 'late' go.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "out",
    };

    private static readonly Option<string> Checkpoints = new("--checkpoints")
    {
        Description = "Where the checkpoints go: with the same ones, the next run goes on where this one ended.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "checkpoints",
    };

    private static readonly Option<TimeSpan?> Interval = Duration(
        "--interval", "How often a checkpoint is taken:", "1s", TimeSpan.FromMilliseconds(1));

    private static readonly Option<int?> Parallelism = new("--parallelism")
    {
        Description = "Subtasks of each operator. Default: the processors there are.",
        HelpName = "N",
    };

    private static readonly Option<TimeSpan?> Lateness = Duration(
        "--lateness", "How far behind the newest scheduled departure a flight may be and still be in time:", "48h", TimeSpan.Zero);

    private static readonly Option<double?> Throttle = new("--throttle")
    {
        Description = "Reads at most so many rows a second. Default: as fast as it goes.",
        HelpName = "ROWS-PER-SECOND",
        CustomParser = ParseRate,
    };

    public static async Task<int> RunAsync(string[] args)
    {
        Parallelism.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out int value) && value is < 1 or > MostSubtasks)
                result.AddError($"--parallelism is {value}; it must be from 1 to {MostSubtasks}.");
        });
        foreach (Option path in new Option[] { Input, Output, Checkpoints })
        {
            path.Validators.Add(result =>
            {
                if (result.Tokens.Count == 1 && string.IsNullOrWhiteSpace(result.Tokens[0].Value))
                    result.AddError($"{path.Name} is empty; name a path.");
            });
        }

        var root = new RootCommand("Delays of departures by airport and hour, exactly once: kill it at any moment and run the same command again.")
        {
            Input, Output, Checkpoints, Interval, Parallelism, Lateness, Throttle,
        };
        root.SetAction((parsed, _) => FlightsProgram.RunAsync(new Settings(
            parsed.GetValue(Input) ?? Settings.OwnInput,
            parsed.GetValue(Output)!,
            parsed.GetValue(Checkpoints)!,
            parsed.GetValue(Interval) ?? TimeSpan.FromSeconds(1),
            parsed.GetValue(Parallelism) ?? Math.Min(Environment.ProcessorCount, MostSubtasks),
            parsed.GetValue(Lateness) ?? TimeSpan.FromHours(48),
            parsed.GetValue(Throttle))));

        ParseResult result = root.Parse(args);
        if (result.Errors.Count > 0)
        {
            foreach (ParseError error in result.Errors)
                await Console.Error.WriteLineAsync(error.Message);
            await Console.Error.WriteLineAsync("Run with --help to see the options.");
            return ExitCodes.Usage;
        }

        // The program answers signals itself: it stops behind a last checkpoint, however long that takes.
        return await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
    }

    private static Option<TimeSpan?> Duration(string name, string description, string byDefault, TimeSpan least) => new(name)
    {
        Description = $"{description} 500ms, 1s, 48h, 2d. Default: {byDefault}.",
        HelpName = "DURATION",
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            if (Durations.TryParse(text, out TimeSpan duration) && duration >= least && duration <= LongestDuration)
                return duration;
            argument.AddError($"{name} is '{text}'; it must be a duration as 500ms, 1s, 48h or 2d, from {Durations.Format(least)} to {Durations.Format(LongestDuration)}.");
            return null;
        },
    };

    private static double? ParseRate(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double rate) && double.IsFinite(rate) && rate > 0)
            return rate;
        argument.AddError($"--throttle is '{text}'; it must be a number of rows a second, more than 0.");
        return null;
    }
}
