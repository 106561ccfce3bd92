using System.CommandLine;
using System.Diagnostics;
using Confluent.Kafka;
using Gristmill.Bench;

namespace Gristmill.KafkaBench;

/// <summary><c>throughput</c>: how long the job takes for what a topic holds, start and last commit included.</summary>
internal sealed class ThroughputCommand : Command
{
    private readonly Option<string> _bootstrap = Setting.Bootstrap();
    private readonly Option<long> _records = CountOption.Create("--records", "Records of 8 bytes of key and 8 of value.", 10_000_000, least: 1);
    private readonly Option<long> _keys = CountOption.Create("--keys", "Different keys.", 1_000, least: 1, most: int.MaxValue);
    private readonly Option<string> _interval = Setting.Interval("1s");
    private readonly Option<long> _parallelism = Setting.Parallelism();

    public ThroughputCommand()
        : base("throughput", "Records a second from the process's start to its end, all counted and committed; then what it wrote is checked.")
    {
        foreach (Option option in new Option[] { _bootstrap, _records, _keys, _interval, _parallelism })
            Add(option);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string bootstrap = parsed.GetValue(_bootstrap)!;
        long records = parsed.GetValue(_records), keys = parsed.GetValue(_keys);
        using var topics = new Topics(bootstrap);
        await topics.CreateAsync();
        using (IProducer<byte[], byte[]> producer = topics.OpenProducer(lingerMs: 20))
        {
            for (long i = 0; i < records; i++)
                topics.Write(producer, i % keys, i);
            producer.Flush(cancellationToken);
        }

        long started = Stopwatch.GetTimestamp();
        using Process process = CountsProcess.Start(bootstrap, topics, parsed.GetValue(_interval)!, parsed.GetValue(_parallelism), "--until-end");
        await process.WaitForExitAsync(cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (process.ExitCode != 0)
            return Wrong(parsed, $"The job ended with {process.ExitCode}.");
        parsed.InvocationConfiguration.Output.WriteLine(FormattableString.Invariant(
            $"{records:N0} records in {seconds:F2} s: {records / seconds / 1e6:F3} M/s"));
        return Check(topics, records, keys) is { } fault ? Wrong(parsed, fault) : 0;
    }

    /// <returns>What is wrong with the output; null: nothing.</returns>
    private static string? Check(Topics topics, long records, long keys)
    {
        long[] counts = new long[keys];
        using IConsumer<byte[], byte[]> reader = topics.OpenReader();
        for (int ended = 0; ended < Topics.Partitions;)
        {
            ConsumeResult<byte[], byte[]> result = reader.Consume();
            if (result.IsPartitionEOF)
            {
                ended++;
                continue;
            }

            long key = Topics.Number(result.Message.Key), count = Topics.Number(result.Message.Value);
            if (count != ++counts[key])
                return $"Key {key}: count {count} came where {counts[key]} was to come.";
        }

        return counts.Sum() == records ? null : $"{counts.Sum()} updates were written instead of {records}.";
    }

    private static int Wrong(ParseResult parsed, string why)
    {
        parsed.InvocationConfiguration.Error.WriteLine(why);
        return 1;
    }
}
