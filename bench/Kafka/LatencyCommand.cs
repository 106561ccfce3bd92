using System.CommandLine;
using System.Diagnostics;
using Confluent.Kafka;
using Gristmill.Bench;

namespace Gristmill.KafkaBench;

/// <summary><c>latency</c>: from a record's way into the topic to its update, committed, at a reader.</summary>
internal sealed class LatencyCommand : Command
{
    private readonly Option<string> _bootstrap = Setting.Bootstrap();
    private readonly Option<long> _rate = Setting.Rate();
    private readonly Option<long> _seconds = CountOption.Create("--seconds", "How long it is measured, after 5 s that are not.", 30, least: 1, most: 3_600);
    private readonly Option<string> _interval = Setting.Interval("100ms");
    private readonly Option<long> _parallelism = Setting.Parallelism();

    public LatencyCommand()
        : base("latency", "Milliseconds from the write of a record to the read of its committed update, which is the only one of its key.")
    {
        foreach (Option option in new Option[] { _bootstrap, _rate, _seconds, _interval, _parallelism })
            Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string bootstrap = parsed.GetValue(_bootstrap)!;
        long rate = parsed.GetValue(_rate), notMeasured = rate * 5, measured = rate * parsed.GetValue(_seconds);
        using var topics = new Topics(bootstrap);
        await topics.CreateAsync();
        long[] written = new long[notMeasured + measured];
        double[] waited = new double[measured];
        using IConsumer<byte[], byte[]> reader = topics.OpenReader();
        using Process process = CountsProcess.Start(bootstrap, topics, parsed.GetValue(_interval)!, parsed.GetValue(_parallelism));
        try
        {
            // What comes while the job starts would wait for it.
            await Task.Delay(TimeSpan.FromSeconds(3), cancellationToken);
            using var load = new Load(topics, rate, key: number => number, onWritten: number =>
            {
                if (number < written.Length)
                    Volatile.Write(ref written[number], Stopwatch.GetTimestamp());
            });
            for (long left = written.Length; left > 0;)
            {
                ConsumeResult<byte[], byte[]> result = reader.Consume(cancellationToken);
                if (result.IsPartitionEOF || Topics.Number(result.Message.Key) is var number && number >= written.Length)
                    continue;
                left--;
                if (number >= notMeasured)
                    waited[number - notMeasured] = Stopwatch.GetElapsedTime(Volatile.Read(ref written[number])).TotalMilliseconds;
            }
        }
        finally
        {
            process.Kill();
        }

        Array.Sort(waited);
        parsed.InvocationConfiguration.Output.WriteLine(FormattableString.Invariant(
            $"{measured:N0} records at {rate:N0}/s: p50 {At(0.5):F0} ms, p90 {At(0.9):F0} ms, p99 {At(0.99):F0} ms, longest {waited[^1]:F0} ms"));
        return 0;

        double At(double part) => waited[(int)(part * (waited.Length - 1))];
    }
}
