using System.CommandLine;
using Gristmill.Samples.Flights;

namespace Gristmill.Samples.KafkaCounts;

/// <summary>The command line's contract.</summary>
internal static class CommandLine
{
    private static readonly Option<string> Bootstrap = new("--bootstrap")
    {
        Description = "Kafka's brokers, several with commas between them.",
        HelpName = "HOST:PORT",
        Required = true,
        Validators = { SampleOptions.NotEmpty("one") },
    };

    private static readonly Option<string> In = SampleOptions.Text(
        "--in", "TOPIC", "The topic to read: keys and values are big-endian numbers of 8 bytes.", "in", "one");

    private static readonly Option<string> Out = SampleOptions.Text(
        "--out", "TOPIC", "The topic to write: the key, and as value count and sum, big-endian numbers of 8 bytes.", "out", "one");

    private static readonly Option<string> Group = SampleOptions.Text(
        "--group", "NAME", "The consumer group that is told how far the job is; jobs with other checkpoints need other ones.", "kafka-counts", "one");

    private static readonly Option<string> Checkpoints = SampleOptions.Checkpoints("one");

    private static readonly Option<TimeSpan?> Interval = SampleOptions.Duration(
        "--interval", "How often a checkpoint is taken and its output committed:", "1s", TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(1), ["100ms", "1s"]);

    private static readonly Option<int?> Parallelism = SampleOptions.Parallelism();

    private static readonly Option<bool> UntilTheEnd = new("--until-end")
    {
        Description = "Stops when all is counted and committed that the topic held at the start.",
    };

    public static Task<int> RunAsync(string[] args)
    {
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
            parsed.GetValue(Parallelism) ?? SampleOptions.Processors,
            parsed.GetValue(UntilTheEnd))));
        return SampleCommand.RunAsync(root, args);
    }
}
