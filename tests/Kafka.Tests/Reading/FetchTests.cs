using System.Globalization;
using System.Text;

namespace Gristmill.Kafka.Tests;

/// <summary>The thread that fetches: how far it reads ahead, and what it does while brokers are away.</summary>
public sealed class FetchTests
{
    [BrokerTheory, InlineData(1), InlineData(100), InlineData(1000)]
    public async Task No_more_is_made_ready_than_the_bound_and_all_comes(int most)
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 2);
        topic.Put(0, 0, 2000);
        topic.Put(1, 2000, 2000);
        int made = 0;
        using var reads = await Reads<int>.OpenAsync(KafkaTopic.Read(Broker.Connection, topic.Name, Make, o => o.MaxBufferedRecords = most), batch: 13);
        int most_ahead = 0;
        reads.Until(() =>
        {
            most_ahead = Math.Max(most_ahead, Volatile.Read(ref made) - reads.Records.Count);
            return reads.Records.Count == 4000;
        }, "all is read");
        Assert.Equal(Enumerable.Range(0, 4000), reads.Records.Order());
        // Blocks are given back when they are empty, so what is read of them counts until then.
        Assert.InRange(most_ahead, 1, most + 2 * 13 + 1);

        int Make(in KafkaRecord record)
        {
            Interlocked.Increment(ref made);
            return int.Parse(record.Value, CultureInfo.InvariantCulture);
        }
    }

    [BrokerFact]
    public async Task Large_records_are_bounded_by_their_bytes()
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        for (int i = 0; i < 50; i++)
            topic.Put(0, new string('x', 10_000));
        topic.Flush();
        int made = 0;
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.Read(Broker.Connection, topic.Name, Make, o => o.MaxBufferedBytes = 100_000), batch: 1);
        reads.Until(1);
        await Wait.UntilAsync(() => Volatile.Read(ref made) >= 10, "it reads ahead");
        Assert.InRange(Volatile.Read(ref made), 10, 12);
        reads.Until(50);

        string Make(in KafkaRecord record)
        {
            Interlocked.Increment(ref made);
            return Encoding.UTF8.GetString(record.Value);
        }
    }

    [BrokerFact]
    public async Task A_reader_that_is_gone_leaves_its_room_to_the_others()
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 2);
        topic.Put(0, 0, 1000);
        Source<string, KafkaPosition> source = KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Utf8(), o => o.MaxBufferedRecords = 10);
        using var context = new ReadContext();
        using SplitReader<string, KafkaPosition> stays = source.OpenReader($"{topic.Name}/1", default, context);
        using (SplitReader<string, KafkaPosition> goes = source.OpenReader($"{topic.Name}/0", default, context))
        {
            var some = new Batch<string>(1);
            await Wait.UntilAsync(() => goes.Read(some) == ReadStatus.Ready, "the first is read");
        }

        topic.Put(1, 5000, 100);
        var batch = new Batch<string>(100);
        await Wait.UntilAsync(() => { stays.Read(batch); return batch.IsFull; }, "the other is read");
        Assert.Equal(Enumerable.Range(5000, 100), batch.Records.ToArray().Select(int.Parse));
    }

    [OwnBrokerFact]
    public async Task A_broker_that_is_killed_and_comes_back_is_waited_for_and_nothing_is_lost_or_doubled()
    {
        await using OwnBroker broker = await OwnBroker.StartedAsync();
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 2, bootstrap: broker.Address);
        topic.Put(0, 0, 1000);
        topic.Put(1, 1000, 1000);
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.Read(broker.Connection, topic.Name, KafkaTopic.Utf8(), o => o.MaxBufferedRecords = 100));
        reads.Until(500);
        await broker.KillAsync();
        reads.Until(() => { reads.Step(); return reads.Context.Log.Lines.Any(line => line.Id == 7101); }, "the warning that it is away");
        await broker.StartAsync();
        topic.Put(0, 2000, 500);
        topic.Put(1, 2500, 500);
        reads.Until(3000);
        reads.UntilQuiet();
        Assert.Equal(Enumerable.Range(0, 3000), reads.Records.Select(int.Parse).Order());
        reads.Until(() => { reads.Step(); return reads.Context.Log.Lines.Any(line => line.Id == 7102); }, "the word that it is back");
        Assert.Single(reads.Context.Log.Lines, line => line.Id == 7101);
        Assert.Single(reads.Context.Log.Lines, line => line.Id == 7102);
    }
}
