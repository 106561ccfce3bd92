using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Gristmill.Files.Tests;

namespace Gristmill.Kafka.Tests;

/// <summary>Topics of the sinks' tests, and what an independent client finds in them.</summary>
public static class SinkBroker
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(120);

    /// <summary>Makes a topic and returns its name.</summary>
    public static async Task<string> TopicAsync(int partitions = 1, string? address = null)
    {
        string topic = $"sink-{Guid.NewGuid():N}";
        using IAdminClient admin = Admin(address);
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 }]);
        // It is in the listing a moment later.
        await WaitAsync(() => admin.GetMetadata(TimeSpan.FromSeconds(5)).Topics.Exists(found => found.Topic == topic && found.Error.Code == ErrorCode.NoError));
        return topic;
    }

    public static IAdminClient Admin(string? address = null)
    {
        Assert.Null(Gristmill.Kafka.Internal.NativeClient.WhyMissing);
        return new AdminClientBuilder(new AdminClientConfig { BootstrapServers = address ?? Broker.Address }).SetLogHandler((_, _) => { }).Build();
    }

    /// <summary>All that committed transactions, and nobody else's, put into a topic, as an independent client reads it: key, value, partition, offset in any order of partitions.</summary>
    public static Task<string[]> ReadAsync(string topic, string format = "%k=%s", string? address = null) => KcatAsync(
        "-b", address ?? Broker.Address, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-u", "-f", format + "\n", "-X", "isolation.level=read_committed");

    /// <summary>The same with what is not committed.</summary>
    public static Task<string[]> ReadAllAsync(string topic, string format = "%k=%s") => KcatAsync(
        "-b", Broker.Address, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-u", "-f", format + "\n", "-X", "isolation.level=read_uncommitted");

    public static async Task WaitAsync(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Bound, "It did not come to that.");
            await Task.Delay(20);
        }
    }

    /// <summary>Runs a program to its end and returns its lines.</summary>
    public static async Task<string[]> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = await process.StandardOutput.ReadToEndAsync().WaitAsync(Bound);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program}: {await errors}");
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static Task<string[]> KcatAsync(params string[] arguments) => RunAsync("kcat", arguments);
}

/// <summary>What a sink's tests do over and over: stage records as a subtask does.</summary>
internal static class Sinks
{
    public static readonly KafkaSerializer<(string Key, string Value)> KeyAndValue = (in record, to) =>
    {
        to.KeyUtf8(record.Key);
        to.ValueUtf8(record.Value);
    };

    public static KafkaConnection Connection(string? address = null) => new(address ?? Broker.Address);

    /// <summary>Stages an epoch of one subtask.</summary>
    public static async Task<Staged<KafkaStaged>> StageAsync(
        this TransactionalSink<(string Key, string Value), KafkaStaged> sink, TestSinkContext context, long epoch, params (string Key, string Value)[] records)
    {
        await using SinkWriter<(string Key, string Value), KafkaStaged> writer = sink.OpenWriter(context);
        writer.Write(records);
        StagedOutput<KafkaStaged>? staged = await writer.StageAsync(epoch, CancellationToken.None);
        return new Staged<KafkaStaged>(epoch, context.Subtask, staged!.Value.Value);
    }
}
