using Gristmill.Files.Tests;
using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka.Tests.Writing;

/// <summary>What is staged is read again byte for byte, and what is damaged is noticed.</summary>
public sealed class FrameTests
{
    [Fact]
    public async Task What_lies_in_a_checkpoint_stays_readable()
    {
        byte[] chunk = Assert.Single((await StageAsync(1)).Chunks);
        // Version, then flags, timestamp, partition, headers, key, value. If this changes, older checkpoints can't be read.
        Assert.Equal("011F0100000000000000AC0202016803" + "0102" + "016E00" + "016B" + "0476616C30", Convert.ToHexString(chunk));
    }

    [Fact]
    public async Task Chunks_are_bounded_and_hold_whole_records()
    {
        KafkaStaged staged = await StageAsync(100_000);
        Assert.Equal(100_000, staged.Records);
        Assert.True(staged.Chunks.Count > 1, "There is one chunk only.");
        Assert.All(staged.Chunks, chunk => Assert.True(chunk.Length <= 1 << 20, $"{chunk.Length}"));
        Assert.Equal(100_000, staged.Chunks.Sum(Count));
    }

    [Fact]
    public async Task Damaged_chunks_are_noticed_or_read_and_nothing_else()
    {
        byte[] chunk = Assert.Single((await StageAsync(3)).Chunks);
        for (int length = 0; length < chunk.Length; length++)
            Read(chunk[..length]);
        for (int bit = 0; bit < chunk.Length * 8; bit++)
        {
            byte[] damaged = [.. chunk];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Read(damaged);
        }

        static void Read(byte[] chunk)
        {
            Exception? error = Record.Exception(() => Count(chunk));
            Assert.True(error is null or InvalidDataException, $"{error}");
        }
    }

    [Fact]
    public async Task An_epoch_too_large_for_memory_says_what_to_set()
    {
        var sink = KafkaTopic.Write<byte[]?>(new KafkaConnection("127.0.0.1:1"), "topic", KafkaTopic.ToBytes(), options => options.MaxEpochBytes = 1 << 20);
        using var context = new TestSinkContext();
        await using SinkWriter<byte[]?, KafkaStaged> writer = sink.OpenWriter(context);
        var error = Assert.Throws<KafkaSinkException>(() => writer.Write(Enumerable.Repeat(new byte[10_000], 200).ToArray()));
        Assert.Contains("MaxEpochBytes (1,048,576", error.Message, StringComparison.Ordinal);
    }

    private static async Task<KafkaStaged> StageAsync(int records)
    {
        var sink = KafkaTopic.Write<int>(new KafkaConnection("127.0.0.1:1"), "topic", (in number, to) =>
        {
            to.ValueUtf8($"val{number % 10}");
            to.KeyUtf8("k");
            to.Header("h", [1, 2]);
            to.NullHeader("n");
            to.Timestamp(DateTimeOffset.UnixEpoch.AddMilliseconds(1));
            to.Partition(300);
        });
        using var context = new TestSinkContext();
        await using SinkWriter<int, KafkaStaged> writer = sink.OpenWriter(context);
        writer.Write([.. Enumerable.Range(0, records)]);
        return (await writer.StageAsync(1, CancellationToken.None))!.Value.Value;
    }

    private static int Count(byte[] chunk)
    {
        var reader = new FrameReader(chunk);
        int count = 0;
        while (reader.Read())
        {
            while (reader.ReadHeader(out _, out _))
            {
            }
            count++;
        }
        return count;
    }
}
