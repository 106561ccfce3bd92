using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Gristmill.Samples.Flights;

/// <summary>Options that all samples have, and what makes and checks their own.</summary>
internal static class SampleOptions
{
    /// <summary>The most that --parallelism may be.</summary>
    public const int MostSubtasks = 256;

    /// <summary>What --parallelism is where it is not given.</summary>
    public static int Processors => Math.Min(Environment.ProcessorCount, MostSubtasks);

    public static Option<int?> Parallelism() => new("--parallelism")
    {
        Description = "Subtasks of each operator. Default: the processors there are.",
        HelpName = "N",
        Validators = { UpTo(MostSubtasks) },
    };

    /// <param name="wanted">What to name instead of nothing.</param>
    public static Option<string> Checkpoints(string wanted) => Text(
        "--checkpoints", "DIR", "Where the checkpoints go: with the same ones, the next run goes on where this one ended.", "checkpoints", wanted);

    /// <summary>A text that is not empty.</summary>
    /// <param name="wanted">What to name instead of nothing.</param>
    public static Option<string> Text(string name, string helpName, string description, string byDefault, string wanted) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => byDefault,
        Validators = { NotEmpty(wanted) },
    };

    /// <param name="byDefault">The default, in the words of the description.</param>
    /// <param name="examples">Two or more.</param>
    public static Option<TimeSpan?> Duration(
        string name, string description, string byDefault, TimeSpan least, TimeSpan most, string[] examples) => new(name)
    {
        Description = $"{description} {string.Join(", ", examples)}. Default: {byDefault}.",
        HelpName = "DURATION",
        CustomParser = argument =>
        {
            string text = argument.Tokens[0].Value;
            if (Durations.TryParse(text, out TimeSpan duration) && duration >= least && duration <= most)
                return duration;
            argument.AddError($"{name} is '{text}'; it must be a duration as {string.Join(", ", examples[..^1])} or {examples[^1]}, from {Durations.Format(least)} to {Durations.Format(most)}.");
            return null;
        },
    };

    /// <summary>Checks that an option is not empty.</summary>
    /// <param name="wanted">What to name instead of nothing.</param>
    public static Action<OptionResult> NotEmpty(string wanted) => result =>
    {
        if (result.Tokens.Count == 1 && string.IsNullOrWhiteSpace(result.Tokens[0].Value))
            result.AddError($"{result.Option.Name} is empty; name {wanted}.");
    };

    /// <summary>Checks that a number is from 1 to the most.</summary>
    public static Action<OptionResult> UpTo(int most) => result =>
    {
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out int value) && (value < 1 || value > most))
            result.AddError($"{result.Option.Name} is {value}; it must be from 1 to {most}.");
    };
}
