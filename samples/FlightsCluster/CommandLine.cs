using System.CommandLine;
using Gristmill.Samples.Flights;

namespace Gristmill.Samples.FlightsCluster;

/// <summary>The command line's contract: that of samples/Flights, and the number of silos.</summary>
internal static class CommandLine
{
    private const int MostSilos = 16;

    private static readonly Option<string?> Input = FlightsOptions.Input();

    private static readonly Option<string> Output = FlightsOptions.Output();

    private static readonly Option<string> Checkpoints = SampleOptions.Checkpoints("a path");

    private static readonly Option<int> Silos = Number("--silos", "Silos, each a process of its own.", 3, MostSilos);

    private static readonly Option<int> Parallelism = Number("--parallelism", "Subtasks of each operator, dealt out to the silos.", 4, SampleOptions.MostSubtasks);

    private static readonly Option<TimeSpan?> Interval = SampleOptions.Duration(
        "--interval", "How often a checkpoint is taken:", "1s", TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1), ["500ms", "1s", "2m"]);

    private static readonly Option<double?> Throttle = FlightsOptions.Throttle("Reads each file at no more than so many rows a second.");

    public static Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("The flights' delays on a cluster of silos on this machine, exactly once: kill a silo at any moment. ('silo' as the first word makes it a member of a cluster, by settings.)")
        {
            Input, Output, Checkpoints, Interval, Silos, Parallelism, Throttle,
        };
        root.SetAction((parsed, _) => ClusterProgram.RunAsync(parsed.GetValue(Silos), new Settings(
            parsed.GetValue(Input) ?? Settings.OwnInput,
            parsed.GetValue(Output)!,
            parsed.GetValue(Checkpoints)!,
            parsed.GetValue(Interval) ?? TimeSpan.FromSeconds(1),
            parsed.GetValue(Parallelism),
            TimeSpan.FromHours(48),
            parsed.GetValue(Throttle))));
        return SampleCommand.RunAsync(root, args);
    }

    private static Option<int> Number(string name, string description, int byDefault, int most) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => byDefault,
        Validators = { SampleOptions.UpTo(most) },
    };
}
