using System.CommandLine;
using Gristmill.Bench;

namespace Gristmill.KafkaBench;

/// <summary>Options that the measurements share.</summary>
internal static class Setting
{
    public static Option<string> Bootstrap() => new("--bootstrap") { Description = "The broker.", HelpName = "HOST:PORT", Required = true };

    public static Option<string> Interval(string byDefault)
        => new("--interval") { Description = "From one checkpoint, and so one transaction, to the next.", HelpName = "DURATION", DefaultValueFactory = _ => byDefault };

    public static Option<long> Parallelism() => CountOption.Create("--parallelism", "Subtasks of each operator of the job.", 2, least: 1, most: 256);

    public static Option<long> Rate() => CountOption.Create("--rate", "Records a second that are written meanwhile.", 10_000, least: 100, most: 1_000_000);
}
