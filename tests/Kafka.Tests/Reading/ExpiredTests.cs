namespace Gristmill.Kafka.Tests;

/// <summary>Positions whose records are gone.</summary>
public sealed class ExpiredTests
{
    [BrokerFact]
    public async Task By_default_the_error_says_what_is_lost_and_how_to_go_on()
    {
        await using TestTopic topic = await ExpiredAsync();
        using var reads = await OpenAsync(topic, ExpiredOffsets.Fail, at: 10);
        JobFailedException error = Assert.Throws<JobFailedException>(() => reads.Until(1));
        Assert.IsType<KafkaSourceException>(error.InnerException);
        Assert.Contains($"topic '{topic.Name}', partition 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("the job is at offset 10, but the first record there is now has offset 60: the 50 offsets from 10 to 59", error.Message, StringComparison.Ordinal);
        Assert.Contains("Set WhenExpired to Earliest or Latest", error.Message, StringComparison.Ordinal);
        Assert.Empty(reads.Records);
    }

    [BrokerFact]
    public async Task With_earliest_it_goes_on_at_the_first_record_and_warns_of_what_is_lost()
    {
        await using TestTopic topic = await ExpiredAsync();
        using var reads = await OpenAsync(topic, ExpiredOffsets.Earliest, at: 10);
        reads.Until(40);
        Assert.Equal(Enumerable.Range(60, 40), reads.Records.Select(int.Parse));
        string warning = Assert.Single(reads.Context.Log.Lines, line => line.Id == 7104).Text;
        Assert.Contains("the 50 offsets from 10 to 59", warning, StringComparison.Ordinal);
        Assert.Contains("goes on at offset 60", warning, StringComparison.Ordinal);
    }

    [BrokerFact]
    public async Task With_latest_it_goes_on_behind_the_last_record_and_warns_of_what_is_lost()
    {
        await using TestTopic topic = await ExpiredAsync();
        using var reads = await OpenAsync(topic, ExpiredOffsets.Latest, at: 10);
        reads.Until(() => { reads.Step(); return reads.Context.Log.Lines.Any(line => line.Id == 7104); }, "the warning");
        topic.Put(0, 100, 5);
        reads.Until(5);
        Assert.Equal(Enumerable.Range(100, 5), reads.Records.Select(int.Parse));
    }

    [BrokerFact]
    public async Task A_position_behind_the_end_is_an_error_too()
    {
        await using TestTopic topic = await ExpiredAsync();
        using var reads = await OpenAsync(topic, ExpiredOffsets.Fail, at: 500);
        JobFailedException error = Assert.Throws<JobFailedException>(() => reads.Until(1));
        Assert.Contains("the job is at offset 500, but the partition ends at offset 100", error.Message, StringComparison.Ordinal);
    }

    [BrokerFact]
    public async Task The_position_at_the_end_of_a_partition_emptied_since_has_lost_nothing()
    {
        await using TestTopic topic = await ExpiredAsync();
        await topic.DeleteBeforeAsync(0, 100);
        using var reads = await OpenAsync(topic, ExpiredOffsets.Fail, at: 100);
        topic.Put(0, 100, 5);
        reads.Until(5);
        Assert.Equal(Enumerable.Range(100, 5), reads.Records.Select(int.Parse));
    }

    /// <summary>100 records, of which the first 60 are gone.</summary>
    private static async Task<TestTopic> ExpiredAsync()
    {
        TestTopic topic = await TestTopic.CreateAsync();
        topic.Put(0, 0, 100);
        await topic.DeleteBeforeAsync(0, 60);
        return topic;
    }

    private static Task<Reads<string>> OpenAsync(TestTopic topic, ExpiredOffsets choice, long at) => Reads<string>.OpenAsync(
        KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Utf8(), o => o.WhenExpired = choice),
        new Dictionary<string, KafkaPosition> { [$"{topic.Name}/0"] = new(at, null) });
}
