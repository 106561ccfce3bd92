using System.CommandLine;
using System.Diagnostics;
using Confluent.Kafka;
using Gristmill.Bench;

namespace Gristmill.KafkaBench;

/// <summary><c>recovery</c>: how long readers get nothing new when the job is killed and started again.</summary>
internal sealed class RecoveryCommand : Command
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    private readonly Option<string> _bootstrap = Setting.Bootstrap();
    private readonly Option<long> _rounds = CountOption.Create("--rounds", "How often it is killed.", 5, least: 1, most: 1_000);
    private readonly Option<long> _rate = Setting.Rate();
    private readonly Option<string> _interval = Setting.Interval("1s");
    private readonly Option<long> _parallelism = Setting.Parallelism();

    public RecoveryCommand()
        : base("recovery", "Seconds from kill -9, with a restart at once, to the first new committed record.")
    {
        foreach (Option option in new Option[] { _bootstrap, _rounds, _rate, _interval, _parallelism })
            Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string bootstrap = parsed.GetValue(_bootstrap)!;
        using var topics = new Topics(bootstrap);
        await topics.CreateAsync();
        using var load = new Load(topics, parsed.GetValue(_rate), key: number => number % 1_000);
        using IConsumer<byte[], byte[]> reader = topics.OpenReader();
        var times = new List<double>();
        Process process = Start();
        try
        {
            for (int round = 0; round < parsed.GetValue(_rounds); round++)
            {
                // A few transactions of the life before, and all of them read.
                for (int i = 0; i < 3; i++)
                    AwaitTransaction(reader, cancellationToken);
                process.Kill();
                long killed = Stopwatch.GetTimestamp();
                process.Dispose();
                process = Start();

                // What was committed before the kill may reach the reader after it, but long before a new process is up.
                ReadUntilQuiet(reader);
                while (reader.Consume(cancellationToken).IsPartitionEOF)
                {
                }

                times.Add(Stopwatch.GetElapsedTime(killed).TotalSeconds);
                parsed.InvocationConfiguration.Output.WriteLine(FormattableString.Invariant($"{times[^1]:F2} s"));
            }
        }
        finally
        {
            process.Kill();
            process.Dispose();
        }

        times.Sort();
        parsed.InvocationConfiguration.Output.WriteLine(FormattableString.Invariant($"median {times[times.Count / 2]:F2} s, from {times[0]:F2} to {times[^1]:F2}"));
        return 0;

        Process Start() => CountsProcess.Start(bootstrap, topics, parsed.GetValue(_interval)!, parsed.GetValue(_parallelism));
    }

    private static void AwaitTransaction(IConsumer<byte[], byte[]> reader, CancellationToken cancellationToken)
    {
        while (reader.Consume(cancellationToken).IsPartitionEOF)
        {
        }

        ReadUntilQuiet(reader);
    }

    private static void ReadUntilQuiet(IConsumer<byte[], byte[]> reader)
    {
        while (reader.Consume(Quiet) is not null)
        {
        }
    }
}
