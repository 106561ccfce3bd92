using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Gristmill.Bench;

/// <summary><c>nexmark QUERY …</c></summary>
internal sealed class NexmarkCommand : Command
{
    private const long ShufflePrime = 953;

    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(10);

    private readonly Argument<string> _query = new("QUERY") { Description = string.Join("; ", Query.All.Select(query => $"{query.Name}: {query.Summary}")) + "." };

    private readonly Option<long> _events = CountOption.Create("--events", "Events to run: 10000000, 10M or 500k.", 10_000_000, least: 1);
    private readonly Option<long> _warmup = CountOption.Create("--warmup", "Events to run before, in a job of its own that is not measured; 0 for none.", 5_000_000, least: 0);
    private readonly Option<long> _parallelism = CountOption.Create("--parallelism", "Subtasks of each operator, and splits of the source.", 1, least: 1, most: 256);
    private readonly Option<long> _keys = CountOption.Create("--keys", "How many keys kc counts by.", 10_000, least: 1, most: int.MaxValue);
    private readonly Option<long> _seed = CountOption.Create("--seed", "What the events are drawn from.", 42, least: 0);
    private readonly Option<long> _rate = CountOption.Create("--rate", "Events a second of event time.", 10_000, least: 1, most: 1_000_000_000);
    private readonly Option<long> _shuffle = CountOption.Create("--shuffle", "1: events come in order. More: out of order, within groups of so many; no multiple of 953.", 1, least: 1, most: 1_000_000_000);
    private readonly Option<bool> _json = new("--json") { Description = "Print one line of JSON." };

    private readonly Option<TimeSpan> _checkpoint = new("--checkpoint")
    {
        Description = "From checkpoint to checkpoint: 500ms, 1s, 2m; or off, for the last one only. Default: 10s.",
        HelpName = "10s|off",
        CustomParser = ParseInterval,
    };

    private readonly Option<string?> _store = new("--store")
    {
        Description = "The folder checkpoints are kept in during the run, or memory. Default: the temporary folder.",
        HelpName = "DIR|memory",
    };

    private readonly Option<double?> _failAt = new("--fail-at")
    {
        Description = "Break the source once, after this part of the events: 0 to 1. The job restarts from its newest checkpoint.",
        HelpName = "0.5",
    };

    private readonly Option<double?> _rescaleAt = new("--rescale-at")
    {
        Description = "Change the parallelism to --rescale-to while the job runs, after this part of the events: 0 to 1.",
        HelpName = "0.5",
    };

    private readonly Option<long> _rescaleTo = CountOption.Create("--rescale-to", "What --rescale-at changes the parallelism to.", 2, least: 1, most: 256);

    private readonly Option<bool> _preload = new("--preload") { Description = "kc: every key once, and a checkpoint, before the clock starts; counts go on from there." };
    private readonly Option<bool> _whole = new("--whole") { Description = "Write the whole state at every checkpoint instead of what has changed." };

    private readonly Option<long?> _spill = new("--spill")
    {
        Description = "Keep at most so many bytes of keyed state in memory, 64M or 500k (of 1,000), and the rest in scratch files in the temporary folder. Default: all in memory.",
        HelpName = "BYTES",
        CustomParser = ParseBudget,
    };

    private readonly Option<double> _hot = new("--hot")
    {
        Description = "kc: keys are drawn from the first part of all keys: more than 0 to 1.",
        HelpName = "0.01",
        DefaultValueFactory = _ => 1,
    };

    public NexmarkCommand()
        : base("nexmark", "Runs a query of the Nexmark benchmark, which bench/NEXMARK.md defines, and prints its result and what it cost.")
    {
        _query.AcceptOnlyFromAmong([.. Query.All.Select(query => query.Name)]);
        _query.HelpName = "QUERY";
        _shuffle.Validators.Add(IsNoMultiple);
        _failAt.Validators.Add(IsPart);
        _rescaleAt.Validators.Add(IsPart);
        _hot.Validators.Add(IsSomePart);
        Validators.Add(NeedsKeyCount);
        Validators.Add(NeedsMoment);
        Add(_query);
        foreach (Option option in new Option[] { _events, _warmup, _parallelism, _keys, _preload, _hot, _checkpoint, _whole, _spill, _store, _failAt, _rescaleAt, _rescaleTo, _seed, _rate, _shuffle, _json })
            Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var settings = new RunSettings
        {
            Query = Query.Named(parsed.GetValue(_query)!),
            Numbers = new EventNumbers(parsed.GetValue(_events), (ulong)parsed.GetValue(_seed), parsed.GetValue(_rate), parsed.GetValue(_shuffle)),
            Warmup = parsed.GetValue(_warmup),
            Parallelism = (int)parsed.GetValue(_parallelism),
            Keys = parsed.GetValue(_keys),
            Hot = parsed.GetValue(_hot),
            Preload = parsed.GetValue(_preload),
            Incremental = !parsed.GetValue(_whole),
            CheckpointInterval = Interval(parsed),
            Store = parsed.GetValue(_store),
            SpillBudget = parsed.GetValue(_spill),
            FailAt = parsed.GetValue(_failAt),
            RescaleAt = parsed.GetValue(_rescaleAt),
            RescaleTo = parsed.GetValue(_rescaleAt) is null ? 0 : (int)parsed.GetValue(_rescaleTo),
        };
        try
        {
            RunResult result = await BenchRun.RunAsync(settings, cancellationToken);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(parsed.GetValue(_json) ? Report.ToJson(result) : Report.ToTable(result));
            return ExitCodes.Done;
        }
        catch (Exception e) when (e is BenchFailedException or IOException or UnauthorizedAccessException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(e.Message);
            return ExitCodes.Failed;
        }
    }

    private TimeSpan? Interval(ParseResult parsed)
    {
        TimeSpan interval = parsed.GetResult(_checkpoint) is null ? DefaultInterval : parsed.GetValue(_checkpoint);
        return interval == Timeout.InfiniteTimeSpan ? null : interval;
    }

    private static long? ParseBudget(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (CountOption.TryParse(text, out long bytes) && bytes >= 2_000_000)
            return bytes;
        result.AddError($"--spill is '{text}'; it must be a whole number of bytes from 2M.");
        return null;
    }

    private static TimeSpan ParseInterval(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (text == "off")
            return Timeout.InfiniteTimeSpan;
        (string Unit, double Milliseconds)[] units = [("ms", 1), ("s", 1000), ("m", 60_000)];
        foreach ((string unit, double milliseconds) in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
                && count * milliseconds is >= 1 and <= 86_400_000)
                return TimeSpan.FromMilliseconds(count * milliseconds);
        }

        result.AddError($"--checkpoint is '{text}'; it must be 'off' or a time from 1ms to a day, for example 10s, 500ms or 2m.");
        return default;
    }

    private static void IsNoMultiple(OptionResult result)
    {
        if (!result.Errors.Any() && result.GetValueOrDefault<long>() % ShufflePrime == 0)
            result.AddError($"--shuffle is a multiple of {ShufflePrime}, which would leave the events as they are; choose another number.");
    }

    /// <summary>For options that are a part of something.</summary>
    public static void IsSomePart(OptionResult result)
    {
        if (!result.Errors.Any() && result.GetValueOrDefault<double>() is not (> 0 and <= 1))
            result.AddError("--hot must be more than 0 and at most 1.");
    }

    private void NeedsKeyCount(CommandResult result)
    {
        // What is wrong with the query itself is said elsewhere, and has no value to ask for.
        bool isAnother = result.GetResult(_query)?.Tokens is [{ Value: not "kc" }];
        if (isAnother && (result.GetResult(_preload) is { Implicit: false } || result.GetResult(_hot) is { Implicit: false }))
            result.AddError("--preload and --hot are for kc: the other queries have no keys to choose.");
    }

    private static void IsPart(OptionResult result)
    {
        if (!result.Errors.Any() && result.GetValueOrDefault<double?>() is not (null or (>= 0 and <= 1)))
            result.AddError($"{result.Option.Name} must be from 0 to 1.");
    }

    private void NeedsMoment(CommandResult result)
    {
        if (result.GetResult(_rescaleTo) is { Implicit: false } && result.GetResult(_rescaleAt) is null)
            result.AddError("--rescale-to needs --rescale-at: when the parallelism is to be changed.");
    }
}
