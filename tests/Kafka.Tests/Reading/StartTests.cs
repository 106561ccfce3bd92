namespace Gristmill.Kafka.Tests;

/// <summary>Where reading begins and goes on.</summary>
public sealed class StartTests
{
    [BrokerFact]
    public async Task A_topic_is_read_from_its_first_record_each_partition_in_order()
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 3);
        for (int partition = 0; partition < 3; partition++)
            topic.Put(partition, 1000 * partition, 700);
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Utf8()));
        reads.Until(2100);
        for (int partition = 0; partition < 3; partition++)
            Assert.Equal(Numbers(1000 * partition, 700), reads.Records.Where(r => int.Parse(r) / 1000 == partition));
        Assert.All(reads.Positions().Values, position => Assert.Equal(new KafkaPosition(700, null), position));
    }

    [BrokerFact]
    public async Task Deleted_records_are_before_the_first()
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        topic.Put(0, 0, 100);
        await topic.DeleteBeforeAsync(0, 40);
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Utf8()));
        reads.Until(60);
        Assert.Equal(Numbers(40, 60), reads.Records);
    }

    [BrokerFact]
    public async Task From_the_latest_only_what_is_written_after_the_start_is_read()
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        topic.Put(0, 0, 100);
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Utf8(), o => o.Start = KafkaStart.Latest));
        // Kept in the position though nothing has been read.
        Assert.Equal(100, Assert.Single(reads.Positions()).Value.Offset);
        topic.Put(0, 100, 10);
        reads.Until(10);
        Assert.Equal(Numbers(100, 10), reads.Records);
    }

    [BrokerTheory, InlineData(0, 0), InlineData(37, 37), InlineData(99, 99), InlineData(100, 100), InlineData(7200, 100)]
    public async Task From_a_time_the_first_record_of_that_time_or_later_is_the_first(int seconds, int first)
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        topic.Put(0, 0, 100);
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.Read(
            Broker.Connection, topic.Name, KafkaTopic.Utf8(), o => o.Start = KafkaStart.At(TestTopic.Start.AddSeconds(seconds))));
        topic.Put(0, 100, 1);
        reads.Until(101 - first);
        Assert.Equal(Numbers(first, 101 - first), reads.Records);
    }

    [BrokerFact]
    public async Task From_the_committed_offset_and_from_the_first_record_where_there_is_none()
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 2);
        string group = TestTopic.NewName("g");
        topic.Put(0, 0, 50);
        topic.Put(1, 100, 50);
        topic.Commit(group, 1, 20);
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.Read(
            Broker.Connection, topic.Name, KafkaTopic.Utf8(), o => (o.GroupId, o.Start) = (group, KafkaStart.Committed)));
        reads.Until(80);
        Assert.Equal([.. Numbers(0, 50), .. Numbers(120, 30)], reads.Records.OrderBy(int.Parse));
    }

    [BrokerFact]
    public async Task A_reader_goes_on_from_any_position()
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 2);
        topic.Put(0, 0, 1000);
        topic.Put(1, 1000, 1000);
        Source<string, KafkaPosition> source = KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Utf8());
        var all = new List<string>();
        Dictionary<string, KafkaPosition>? positions = null;
        foreach (int until in new[] { 1, 300, 301, 1024, 2000 })
        {
            using var reads = await Reads<string>.OpenAsync(source, positions, batch: 7);
            reads.Until(until - all.Count);
            all.AddRange(reads.Records);
            positions = reads.Positions();
        }

        Assert.Equal(Numbers(0, 2000), all.OrderBy(int.Parse));
    }

    [BrokerFact]
    public async Task Several_topics_are_one_source()
    {
        await using TestTopic one = await TestTopic.CreateAsync(partitions: 2);
        await using TestTopic two = await TestTopic.CreateAsync();
        one.Put(0, 0, 10);
        one.Put(1, 10, 10);
        two.Put(0, 20, 10);
        using var reads = await Reads<(string, string)>.OpenAsync(KafkaTopic.Read(
            Broker.Connection, [one.Name, two.Name, one.Name], (in KafkaRecord r) => (r.Topic, System.Text.Encoding.UTF8.GetString(r.Value))));
        reads.Until(30);
        Assert.Equal([.. Numbers(0, 20).Select(n => (one.Name, n)), .. Numbers(20, 10).Select(n => (two.Name, n))], reads.Records.OrderBy(r => int.Parse(r.Item2)));
    }

    [BrokerFact]
    public async Task A_bounded_read_ends_where_the_topic_ended_at_the_start()
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 3);
        topic.Put(0, 0, 100);
        topic.Put(1, 100, 1);
        Source<string, KafkaPosition> source = KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Utf8(), o => o.End = KafkaEnd.Latest);
        using var first = await Reads<string>.OpenAsync(source, batch: 10);
        topic.Put(0, 1000, 100);
        topic.Put(2, 2000, 100);
        first.Step();
        first.Until(20);
        using var second = await Reads<string>.OpenAsync(source, first.Positions());
        second.ToEnd();
        Assert.Equal(Numbers(0, 101), first.Records.Concat(second.Records).OrderBy(int.Parse));
    }

    private static IEnumerable<string> Numbers(int first, int count) => Enumerable.Range(first, count).Select(i => $"{i}");
}
