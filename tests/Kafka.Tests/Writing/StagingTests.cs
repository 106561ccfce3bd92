using Gristmill.Files.Tests;

namespace Gristmill.Kafka.Tests.Writing;

/// <summary>How much is taken before it is written.</summary>
public sealed class StagingTests
{
    private const int Ahead = (1 << 20) / 16;
    private static readonly string?[] Kilobyte = [new('x', 1 << 10)];

    [ClientFact]
    public async Task Beyond_a_part_of_an_epoch_it_would_rather_wait_for_the_one_before()
    {
        using var context = new TestSinkContext();
        await using SinkWriter<string?, KafkaStaged> writer = Open(context);
        Fill(writer, Ahead / 2);
        Assert.False(writer.PrefersToWait);
        Fill(writer, Ahead);
        Assert.True(writer.PrefersToWait);
        await writer.StageAsync(1, TestContext.Current.CancellationToken);
        Assert.False(writer.PrefersToWait);
    }

    [ClientFact]
    public async Task What_failed_checkpoints_leave_counts_until_it_is_published()
    {
        using var context = new TestSinkContext();
        await using SinkWriter<string?, KafkaStaged> writer = Open(context);
        for (int epoch = 1; epoch <= 2; epoch++)
        {
            Fill(writer, 6 * Ahead);
            await writer.StageAsync(epoch, TestContext.Current.CancellationToken);
            writer.OnSettled(epoch, isPublished: false);
        }

        Assert.Contains("MaxEpochBytes", Assert.Throws<KafkaSinkException>(() => Fill(writer, 8 * Ahead)).Message, StringComparison.Ordinal);
        writer.OnSettled(2, isPublished: true);
        Fill(writer, Ahead);
    }

    private static SinkWriter<string?, KafkaStaged> Open(TestSinkContext context)
        => KafkaTopic.Write<string?>(new KafkaConnection("nowhere:1"), "out", KafkaTopic.ToUtf8(), options => options.MaxEpochBytes = 1 << 20).OpenWriter(context);

    private static void Fill(SinkWriter<string?, KafkaStaged> writer, int bytes)
    {
        for (int written = 0; written < bytes; written += 1 << 10)
            writer.Write(Kilobyte);
    }
}
