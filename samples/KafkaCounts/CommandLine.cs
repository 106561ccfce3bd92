using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Gristmill.Samples.Flights;

namespace Gristmill.Samples.KafkaCounts;

/// <summary>The command line's contract.</summary>
internal static class CommandLine
{
    private const int MostSubtasks = 256;

    private static readonly TimeSpan LeastInterval = TimeSpan.FromMilliseconds(10), LongestInterval = TimeSpan.FromDays(1);

    private static readonly Option<string> Bootstrap = new("--bootstrap")
    {
        Description = "Kafka's brokers, several with commas between them.",
        HelpName = "HOST:PORT",
        Required = true,
    };

    private static readonly Option<string> In = new("--in")
    {
        Description = "The topic to read: keys and values are big-endian numbers of 8 bytes.",
        HelpName = "TOPIC",
        DefaultValueFactory = _ => "in",
    };

    private static readonly Option<string> Out = new("--out")
    {
        Description = "The topic to write: the key, and as value count and sum, big-endian numbers of 8 bytes.",
        HelpName = "TOPIC",
        DefaultValueFactory = _ => "out",
    };

    private static readonly Option<string> Group = new("--group")
    {
        Description = "The consumer group that is told how far the job is; jobs with other checkpoints need other ones.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "kafka-counts",
    };

    private static readonly Option<string> Checkpoints = new("--checkpoints")
    {
        Description = "Where the checkpoints go: with the same ones, the next run goes on where this one ended.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "checkpoints",
    };

    private static readonly Option<TimeSpan?> Interval = new("--interval")
    {
        Description = "How often a checkpoint is taken and its output committed: 100ms, 1s. Default: 1s.",
        HelpName = "DURATION",
        CustomParser = ParseInterval,
    };

    private static readonly Option<int?> Parallelism = new("--parallelism")
    {
        Description = "Subtasks of each operator. Default: the processors there are.",
        HelpName = "N",
    };

    private static readonly Option<bool> UntilTheEnd = new("--until-end")
    {
        Description = "Stops when all is counted and committed that the topic held at the start.",
    };

    public static async Task<int> RunAsync(string[] args)
    {
        Parallelism.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out int value) && value is < 1 or > MostSubtasks)
                result.AddError($"--parallelism is {value}; it must be from 1 to {MostSubtasks}.");
        });
        foreach (Option named in new Option[] { Bootstrap, In, Out, Group, Checkpoints })
        {
            named.Validators.Add(result =>
            {
                if (result.Tokens.Count == 1 && string.IsNullOrWhiteSpace(result.Tokens[0].Value))
                    result.AddError($"{named.Name} is empty; name one.");
            });
        }

        var root = new RootCommand("Running counts and sums by key, from Kafka to Kafka, exactly once: kill it at any moment and run the same command again.")
        {
            Bootstrap, In, Out, Group, Checkpoints, Interval, Parallelism, UntilTheEnd,
        };
        root.SetAction((parsed, _) => KafkaCountsProgram.RunAsync(new Settings(
            parsed.GetValue(Bootstrap)!,
            parsed.GetValue(In)!,
            parsed.GetValue(Out)!,
            parsed.GetValue(Group)!,
            parsed.GetValue(Checkpoints)!,
            parsed.GetValue(Interval) ?? TimeSpan.FromSeconds(1),
            parsed.GetValue(Parallelism) ?? Math.Min(Environment.ProcessorCount, MostSubtasks),
            parsed.GetValue(UntilTheEnd))));

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

    private static TimeSpan? ParseInterval(ArgumentResult argument)
    {
        string text = argument.Tokens[0].Value;
        if (Durations.TryParse(text, out TimeSpan interval) && interval >= LeastInterval && interval <= LongestInterval)
            return interval;
        argument.AddError($"--interval is '{text}'; it must be a duration as 100ms or 1s, from {Durations.Format(LeastInterval)} to {Durations.Format(LongestInterval)}.");
        return null;
    }
}
