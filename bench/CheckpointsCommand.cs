using System.CommandLine;

namespace Gristmill.Bench;

/// <summary><c>checkpoints …</c>: what the ways of taking them cost, side by side.</summary>
internal sealed class CheckpointsCommand : Command
{
    private static readonly (string Name, Func<RunSettings, RunSettings> Of)[] Ways =
    [
        ("full", settings => settings with { Incremental = false }),
        ("incremental", settings => settings),
        ("unaligned", settings => settings with { Unaligned = true }),
    ];

    private readonly Option<long[]> _keys = new("--keys")
    {
        Description = "How many keys there are, one or more numbers. Default: 100k 1M 10M.",
        HelpName = "N",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result =>
        {
            var counts = new List<long>();
            foreach (string text in result.Tokens.Select(token => token.Value))
            {
                if (CountOption.TryParse(text, out long count) && count is >= 1 and <= int.MaxValue)
                    counts.Add(count);
                else
                    result.AddError($"--keys is '{text}'; it must be a whole number from 1 to {int.MaxValue}.");
            }

            return [.. counts];
        },
    };

    private readonly Option<long> _events = CountOption.Create("--events", "Events of each run: 10000000, 10M or 500k.", 100_000_000, least: 1);
    private readonly Option<long> _parallelism = CountOption.Create("--parallelism", "Subtasks of each operator, and splits of the source.", 2, least: 1, most: 256);
    private readonly Option<double> _hot = new("--hot")
    {
        Description = "The part of the keys that change: more than 0 to 1. Default: 0.01.",
        HelpName = "0.01",
        DefaultValueFactory = _ => 0.01,
    };

    public CheckpointsCommand()
        : base("checkpoints", "Counts by key (kc of nexmark) with a checkpoint each second: full, incremental and unaligned, each also with a failure half way. All in one table.")
    {
        _hot.Validators.Add(NexmarkCommand.IsSomePart);
        foreach (Option option in new Option[] { _keys, _events, _parallelism, _hot })
            Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        try
        {
            await output.WriteLineAsync($"{"keys",12} {"way",-12} {"M events/s",10} {"of without",10} {"bytes each",12} {"ms each",8} {"pause p50",9} {"p99",7} {"max",7} {"recovery s",10}");
            foreach (long keys in parsed.GetValue(_keys) is { Length: > 0 } chosen ? chosen : [100_000, 1_000_000, 10_000_000])
                await CompareAsync(Settings(parsed, keys), output, cancellationToken);
            return ExitCodes.Done;
        }
        catch (Exception e) when (e is BenchFailedException or IOException or UnauthorizedAccessException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(e.Message);
            return ExitCodes.Failed;
        }
    }

    private static async Task CompareAsync(RunSettings settings, TextWriter output, CancellationToken cancellationToken)
    {
        RunResult without = await BenchRun.RunAsync(settings with { CheckpointInterval = null }, cancellationToken);
        await output.WriteLineAsync(FormattableString.Invariant($"{settings.Keys,12:N0} {"without",-12} {without.EventsPerSecond / 1e6,10:F1}"));
        foreach ((string name, Func<RunSettings, RunSettings> of) in Ways)
        {
            RunResult run = await BenchRun.RunAsync(of(settings), cancellationToken);
            RunResult failing = await BenchRun.RunAsync(of(settings) with { FailAt = 0.5, FailAfterCheckpoint = true }, cancellationToken);
            foreach (RunResult one in new[] { run, failing })
            {
                if (one.Hash != without.Hash)
                    throw new BenchFailedException($"'{name}' with {settings.Keys} keys gave {one.Hash} instead of {without.Hash}.", null);
            }

            await output.WriteLineAsync(FormattableString.Invariant(
                $"{settings.Keys,12:N0} {name,-12} {run.EventsPerSecond / 1e6,10:F1} {run.EventsPerSecond / without.EventsPerSecond,10:P0} {run.CheckpointBytesP50,12:N0} {run.CheckpointMillisecondsP50,8:F0} {run.PauseMillisecondsP50,9:F1} {run.PauseMillisecondsP99,7:F1} {run.PauseMillisecondsMax,7:F1} {failing.RecoverySeconds,10:F2}"));
        }
    }

    private RunSettings Settings(ParseResult parsed, long keys) => new()
    {
        Query = Query.All.Single(query => query.Name == "kc"),
        Numbers = new EventNumbers(parsed.GetValue(_events), 42, 10_000, 1),
        Warmup = 5_000_000,
        Parallelism = (int)parsed.GetValue(_parallelism),
        Keys = keys,
        Hot = parsed.GetValue(_hot),
        Preload = true,
        CheckpointInterval = TimeSpan.FromSeconds(1),
    };
}
