using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Gristmill.Samples.Flights;

namespace Gristmill.Samples.FlightsCluster;

/// <summary>The command line's contract: that of samples/Flights, and the number of silos.</summary>
internal static class CommandLine
{
    private const int MostSilos = 16;
    private const int MostSubtasks = 256;

    private static readonly Option<string?> Input = new("--input")
    {
        Description = "A CSV file, plain or gzip, or a pattern with * or **. Default: the flights that come with the sample.",
        HelpName = "FILE-OR-GLOB",
    };

    private static readonly Option<string> Output = Folder("--output", "Where the folders 'report' and 'late' go.", "out");

    private static readonly Option<string> Checkpoints = Folder(
        "--checkpoints", "Where the checkpoints go: with the same ones, the next run goes on where this one ended.", "checkpoints");

    private static readonly Option<int> Silos = Number("--silos", "Silos, each a process of its own.", 3, MostSilos);

    private static readonly Option<int> Parallelism = Number("--parallelism", "Subtasks of each operator, dealt out to the silos.", 4, MostSubtasks);

    private static readonly Option<TimeSpan> Interval = new("--interval")
    {
        Description = "How often a checkpoint is taken: 500ms, 1s, 2m. Default: 1s.",
        HelpName = "DURATION",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(1),
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            if (Durations.TryParse(text, out TimeSpan duration) && duration >= TimeSpan.FromMilliseconds(1) && duration <= TimeSpan.FromDays(1))
                return duration;
            argument.AddError($"--interval is '{text}'; it must be a duration as 500ms, 1s or 2m, from 1ms to 1d.");
            return default;
        },
    };

    private static readonly Option<double?> Throttle = new("--throttle")
    {
        Description = "Reads each file at no more than so many rows a second. Default: as fast as it goes.",
        HelpName = "ROWS-PER-SECOND",
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double rate) && double.IsFinite(rate) && rate > 0)
                return rate;
            argument.AddError($"--throttle is '{text}'; it must be a number of rows a second, more than 0.");
            return null;
        },
    };

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("The flights' delays on a cluster of silos on this machine, exactly once: kill a silo at any moment. ('silo' as the first word makes it a member of a cluster, by settings.)")
        {
            Input, Output, Checkpoints, Interval, Silos, Parallelism, Throttle,
        };
        root.SetAction((parsed, _) => ClusterProgram.RunAsync(parsed.GetValue(Silos), new Settings(
            parsed.GetValue(Input) ?? Settings.OwnInput,
            parsed.GetValue(Output)!,
            parsed.GetValue(Checkpoints)!,
            parsed.GetValue(Interval),
            parsed.GetValue(Parallelism),
            TimeSpan.FromHours(48),
            parsed.GetValue(Throttle))));

        ParseResult result = root.Parse(args);
        if (result.Errors.Count == 0)
            return await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
        foreach (ParseError error in result.Errors)
            await Console.Error.WriteLineAsync(error.Message);
        await Console.Error.WriteLineAsync("Run with --help to see the options.");
        return ExitCodes.Usage;
    }

    private static Option<string> Folder(string name, string description, string byDefault)
    {
        var option = new Option<string>(name) { Description = description, HelpName = "DIR", DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && string.IsNullOrWhiteSpace(result.Tokens[0].Value))
                result.AddError($"{name} is empty; name a path.");
        });
        return option;
    }

    private static Option<int> Number(string name, string description, int byDefault, int most)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out int value) && (value < 1 || value > most))
                result.AddError($"{name} is {value}; it must be from 1 to {most}.");
        });
        return option;
    }
}
