using System.Text;
using Confluent.Kafka;

namespace Gristmill.Kafka.Tests;

/// <summary>What a record has, and what becomes of one that can't be read.</summary>
public sealed class RecordTests
{
    private sealed record Order(int Id, string Name);

    private sealed record Seen(string Topic, int Partition, long Offset, DateTimeOffset? Time, string? Key, string? Value);

    [BrokerFact]
    public async Task A_record_has_topic_partition_offset_time_key_and_value_and_lacks_what_it_lacks()
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 2);
        long time = TestTopic.Start.ToUnixTimeMilliseconds();
        topic.Put(1, "value", "key", time);
        topic.Put(1, (string?)null, "gone", time + 1);
        topic.Put(1, "", key: null, time + 2);
        topic.Put(1, "v", key: "", time + 3);
        topic.Flush();
        using var reads = await Reads<Seen>.OpenAsync(KafkaTopic.Read(Broker.Connection, topic.Name, See));
        reads.Until(4);
        DateTimeOffset start = DateTimeOffset.FromUnixTimeMilliseconds(time);
        Assert.Equal(
        [
            new(topic.Name, 1, 0, start, "key", "value"),
            new(topic.Name, 1, 1, start.AddMilliseconds(1), "gone", null),
            new(topic.Name, 1, 2, start.AddMilliseconds(2), null, ""),
            new(topic.Name, 1, 3, start.AddMilliseconds(3), "", "v"),
        ],
        reads.Records);

        static Seen See(in KafkaRecord r)
        {
            Assert.Equal(KafkaTimestampType.Created, r.TimestampType);
            return new Seen(
                r.Topic, r.Partition, r.Offset, r.HasTimestamp ? r.Timestamp : null,
                r.HasKey ? Encoding.UTF8.GetString(r.Key) : null, r.HasValue ? Encoding.UTF8.GetString(r.Value) : null);
        }
    }

    [BrokerFact]
    public async Task Headers_are_there_when_they_are_asked_for()
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        topic.Put(0, "a", headers: new Headers { { "trace", [1, 2] }, { "trace", [3] }, { "none", null } });
        topic.Put(0, "b");
        topic.Flush();
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.Read(Broker.Connection, topic.Name, See, o => o.Headers = true));
        reads.Until(2);
        Assert.Equal(["3: 03, True False False", "0: none"], reads.Records);

        static string See(in KafkaRecord r)
        {
            KafkaHeaders headers = r.Headers;
            if (!headers.TryGetLast("trace", out KafkaHeader last))
                return $"{headers.Count}: none";
            Assert.Equal("trace", headers[0].Name);
            Assert.Equal(2, headers[0].Value.Length);
            bool hasNone = headers.TryGetLast("none", out KafkaHeader none);
            return $"{headers.Count}: {Convert.ToHexString(last.Value)}, {hasNone} {none.HasValue} {headers.TryGetLast("Trace", out _)}";
        }
    }

    [BrokerFact]
    public async Task Headers_that_were_not_asked_for_are_an_error_that_names_the_option()
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        topic.Put(0, "a");
        topic.Flush();
        using var reads = await Reads<int>.OpenAsync(KafkaTopic.Read(Broker.Connection, topic.Name, (in KafkaRecord r) => r.Headers.Count));
        reads.Until(() => reads.Context.Bad.Count == 1, "a bad record");
        Assert.Contains("Set Headers to true", reads.Context.Bad[0].Reason, StringComparison.Ordinal);
    }

    [BrokerFact]
    public async Task Json_bytes_and_text_are_read_by_ready_deserializers()
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        topic.Put(0, """{"id":7,"name":"grüß"}""");
        topic.Flush();
        using var json = await Reads<Order>.OpenAsync(KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Json<Order>()));
        json.Until(1);
        Assert.Equal(new Order(7, "grüß"), json.Records[0]);
        using var bytes = await Reads<byte[]>.OpenAsync(KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Bytes()));
        bytes.Until(1);
        Assert.Equal("""{"id":7,"name":"grüß"}"""u8.ToArray(), bytes.Records[0]);
    }

    [BrokerFact]
    public async Task Poison_records_are_reported_in_their_place_with_partition_offset_text_and_reason()
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 2);
        topic.Put(1, """{"id":0,"name":"a"}""");
        topic.Put(1, """{"id":"one"}""");
        topic.Put(1, [0xff, 0x00, 0x7b]);
        topic.Put(1, (string?)null, key: "k");
        topic.Put(1, "null");
        topic.Put(1, """{"id":5,"name":"f"}""");
        topic.Put(1, new string('x', 10_000));
        topic.Flush();
        using var reads = await Reads<Order>.OpenAsync(KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Json<Order>()));
        reads.Until(() => reads.Context.Bad.Count == 5, "five bad records");
        Assert.Equal([0, 5], reads.Records.Select(order => order.Id));
        Assert.Equal(7, reads.Positions()[$"{topic.Name}/1"].Offset);
        Assert.All(reads.Context.Bad, bad => Assert.Equal($"{topic.Name}/1", bad.Origin));
        Assert.Equal([1, 2, 3, 4, 6], reads.Context.Bad.Select(bad => bad.Line));
        Assert.Equal(["""{"id":"one"}""", "FF007B", "", "null"], reads.Context.Bad.Take(4).Select(bad => bad.Text));
        Assert.Contains("$.id", reads.Context.Bad[0].Reason, StringComparison.Ordinal);
        Assert.Contains("tombstone", reads.Context.Bad[2].Reason, StringComparison.Ordinal);
        Assert.Equal(4097, reads.Context.Bad[4].Text.Length);
    }

    [BrokerFact]
    public async Task A_poison_record_at_the_position_of_a_recovery_is_reported_again_and_those_before_are_not()
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        foreach (string value in new[] { "0", "bad", "2", "bad", "4" })
            topic.Put(0, value);
        topic.Flush();
        Source<int, KafkaPosition> source = KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Json<int>());
        var at = new Dictionary<string, KafkaPosition> { [$"{topic.Name}/0"] = new(3, null) };
        using var reads = await Reads<int>.OpenAsync(source, at);
        reads.Until(1);
        Assert.Equal([4], reads.Records);
        Assert.Equal(3, Assert.Single(reads.Context.Bad).Line);
    }

    [BrokerFact]
    public async Task Only_committed_transactions_are_read_unless_others_are_asked_for()
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        using (IProducer<Null, string> producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = Broker.Address, TransactionalId = topic.Name }).Build())
        {
            producer.InitTransactions(TimeSpan.FromSeconds(30));
            foreach ((string value, bool commit) in new[] { ("a", true), ("b", false), ("c", true), ("d", false) })
            {
                producer.BeginTransaction();
                producer.Produce(new TopicPartition(topic.Name, 0), new Message<Null, string> { Value = value });
                producer.Flush(TestContext.Current.CancellationToken);
                if (commit)
                    producer.CommitTransaction();
                else
                    producer.AbortTransaction();
            }
        }

        // The end lies behind marks that are no records: a bounded read must come to it all the same.
        using var committed = await Reads<string>.OpenAsync(KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Utf8(), o => o.End = KafkaEnd.Latest));
        committed.ToEnd();
        Assert.Equal(["a", "c"], committed.Records);
        using var all = await Reads<string>.OpenAsync(KafkaTopic.Read(
            Broker.Connection, topic.Name, KafkaTopic.Utf8(), o => (o.End, o.ReadUncommitted) = (KafkaEnd.Latest, true)));
        all.ToEnd();
        Assert.Equal(["a", "b", "c", "d"], all.Records);
    }

    [BrokerFact]
    public async Task A_record_larger_than_the_limits_of_a_fetch_and_of_the_read_ahead_gets_through()
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        topic.Put(0, new string('x', 900_000));
        topic.Put(0, "after");
        topic.Flush();
        var connection = new KafkaConnection(Broker.Address)
        {
            Settings = { ["fetch.message.max.bytes"] = "1000", ["fetch.max.bytes"] = "1000000", ["message.max.bytes"] = "1000000" },
        };
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.Read(connection, topic.Name, KafkaTopic.Utf8(), o => o.MaxBufferedBytes = 1024));
        reads.Until(2);
        Assert.Equal([900_000, 5], reads.Records.Select(r => r.Length));
    }
}
