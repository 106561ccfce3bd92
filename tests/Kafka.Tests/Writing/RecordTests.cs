using System.Globalization;
using Gristmill.Files.Tests;

namespace Gristmill.Kafka.Tests.Writing;

/// <summary>What a serializer says is what other clients read.</summary>
public sealed class RecordTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [BrokerTheory, InlineData(true), InlineData(false)]
    public async Task Keys_values_headers_timestamps_and_partitions_arrive(bool exactlyOnce)
    {
        string topic = await SinkBroker.TopicAsync(3);
        var at = new DateTimeOffset(2024, 2, 29, 12, 0, 0, 123, TimeSpan.Zero);
        await WriteAsync<int>(exactlyOnce, topic, (in number, to) =>
        {
            to.Partition(2);
            to.Timestamp(at.AddMilliseconds(number));
            switch (number)
            {
                case 0:
                    to.Header("trace", "x1"u8);
                    to.ValueUtf8("wert");
                    to.Header("ü", []);
                    to.NullHeader("none");
                    to.Header("trace", "x2"u8);
                    to.KeyUtf8("schlüssel");
                    break;
                case 1:
                    to.Key("tombstone"u8);
                    break;
                case 2:
                    to.Value("no key"u8);
                    break;
                default:
                    to.Key([]);
                    to.Value([]);
                    break;
            }
        }, [0, 1, 2, 3]);
        string[] found = await SinkBroker.ReadAsync(topic, "%p|%T|%K|%k|%S|%s|%h");
        long ms = at.ToUnixTimeMilliseconds();
        Assert.Equal(
            [
                $"2|{ms}|10|schlüssel|4|wert|trace=x1,ü=,none=NULL,trace=x2",
                $"2|{ms + 1}|9|tombstone|-1||",
                $"2|{ms + 2}|-1||6|no key|",
                $"2|{ms + 3}|0||0||",
            ],
            found);
    }

    /// <summary>Hashes as in Kafka's own tests of its murmur2.</summary>
    [BrokerFact]
    public async Task The_default_partitioner_is_javas()
    {
        string topic = await SinkBroker.TopicAsync(7);
        (string Key, int Hash)[] known =
        [
            ("21", -973932308), ("foobar", -790332482), ("a-little-bit-long-string", -985981536), ("a-little-bit-longer-string", -1486304829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971), ("abc", 479470107),
        ];
        await WriteAsync<string>(true, topic, (in key, to) =>
        {
            to.KeyUtf8(key);
            to.ValueUtf8("v");
        }, [.. known.Select(one => one.Key)]);
        Assert.Equal(
            known.Select(one => $"{one.Key}:{(one.Hash & 0x7FFFFFFF) % 7}").Order(StringComparer.Ordinal),
            (await SinkBroker.ReadAsync(topic, "%k:%p")).Order(StringComparer.Ordinal));
    }

    [BrokerFact]
    public async Task Json_texts_and_bytes_are_ready_made()
    {
        string topic = await SinkBroker.TopicAsync();
        await WriteAsync(true, topic, KafkaTopic.ToJson<Order>(order => order.Name), [new Order(7, "seven")]);
        await WriteAsync(true, topic, KafkaTopic.ToJson<Order>(), [new Order(8, "eight")]);
        await WriteAsync(true, topic, KafkaTopic.ToUtf8(), ["täxt", null]);
        await WriteAsync(true, topic, KafkaTopic.ToBytes(), ["bytes"u8.ToArray(), null]);
        Assert.Equal(
            ["seven={\"id\":7,\"name\":\"seven\"}", "={\"id\":8,\"name\":\"eight\"}", "=täxt", "=", "=bytes", "="],
            await SinkBroker.ReadAsync(topic));
    }

    [BrokerFact]
    public async Task At_least_once_a_flush_waits_for_what_was_written_before_and_not_for_more()
    {
        string topic = await SinkBroker.TopicAsync(2);
        using var context = new TestSinkContext();
        await using DirectSinkWriter<int> writer = KafkaTopic.WriteAtLeastOnce<int>(Sinks.Connection(), topic, (in number, to) =>
        {
            to.KeyUtf8((number % 100).ToString(CultureInfo.InvariantCulture));
            to.ValueUtf8(number.ToString(CultureInfo.InvariantCulture));
        }, options => options.MaxUnsentBytes = 1 << 20).OpenWriter(context);
        for (int round = 0; round < 5; round++)
        {
            for (int i = 0; i < 40; i++)
            {
                while (!writer.CanWrite)
                    context.WaitToBeWoken();
                writer.Write([.. Enumerable.Range((round * 40_000) + (i * 1_000), 1_000)]);
            }
            await writer.FlushAsync(None);
            Assert.Equal((round + 1) * 40_000, (await SinkBroker.ReadAsync(topic, "%s")).Length);
        }
        string[] found = await SinkBroker.ReadAsync(topic, "%s");
        Assert.Equal(Enumerable.Range(0, 200_000), found.Select(text => int.Parse(text, CultureInfo.InvariantCulture)).Order());
    }

    [BrokerFact]
    public async Task At_least_once_a_record_the_topic_refuses_fails_the_flush_and_the_next_write()
    {
        string topic = await SinkBroker.TopicAsync();
        using var context = new TestSinkContext();
        await using DirectSinkWriter<(string, string)> writer =
            KafkaTopic.WriteAtLeastOnce(Sinks.Connection(), topic, Sinks.KeyAndValue, options => options.MaxRecordBytes = 3_000_000).OpenWriter(context);
        await SinkBroker.WaitAsync(() => writer.CanWrite);
        writer.Write([("a", new string('x', 2_000_000))]);
        var error = await Assert.ThrowsAsync<KafkaSinkException>(async () => await writer.FlushAsync(None));
        Assert.Contains("max.message.bytes", error.Message, StringComparison.Ordinal);
        Assert.True(writer.CanWrite);
        Assert.Throws<KafkaSinkException>(() => writer.Write([("b", "2")]));
    }

    private static async Task WriteAsync<T>(bool exactlyOnce, string topic, KafkaSerializer<T> serialize, T[] records)
    {
        using var context = new TestSinkContext(job: $"{Guid.NewGuid():N}");
        if (!exactlyOnce)
        {
            await using DirectSinkWriter<T> direct = KafkaTopic.WriteAtLeastOnce(Sinks.Connection(), topic, serialize).OpenWriter(context);
            await SinkBroker.WaitAsync(() => direct.CanWrite);
            direct.Write(records);
            await direct.FlushAsync(None);
            return;
        }
        TransactionalSink<T, KafkaStaged> sink = KafkaTopic.Write(Sinks.Connection(), topic, serialize);
        await sink.CleanUpAsync(context, None);
        await using (SinkWriter<T, KafkaStaged> writer = sink.OpenWriter(context))
        {
            writer.Write(records);
            await sink.CommitAsync([new Staged<KafkaStaged>(1, 0, (await writer.StageAsync(1, None))!.Value.Value)], context, None);
        }
        await sink.CloseAsync(context);
    }

    private sealed record Order(int Id, string Name);
}
