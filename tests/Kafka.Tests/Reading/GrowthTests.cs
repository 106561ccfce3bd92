namespace Gristmill.Kafka.Tests;

/// <summary>Partitions and topics that come to be while a job runs, or while it does not.</summary>
public sealed class GrowthTests
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(200);

    [BrokerFact]
    public async Task A_partition_added_while_running_is_read_from_its_first_record_whatever_start_says()
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        topic.Put(0, 0, 10);
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.Read(
            Broker.Connection, topic.Name, KafkaTopic.Utf8(), o => (o.Start, o.DiscoveryInterval) = (KafkaStart.Latest, Often)));
        await topic.GrowAsync(3);
        topic.Put(1, 100, 10);
        topic.Put(2, 200, 10);
        reads.Until(20);
        Assert.Equal([.. Enumerable.Range(100, 10), .. Enumerable.Range(200, 10)], reads.Records.Select(int.Parse).Order());
        Assert.Equal([$"{topic.Name}/0", $"{topic.Name}/1", $"{topic.Name}/2"], reads.Splits);
    }

    [BrokerFact]
    public async Task Topics_that_match_a_pattern_are_found_at_the_start_and_while_running()
    {
        string prefix = TestTopic.NewName("p");
        await using TestTopic first = await TestTopic.CreateAsync(name: $"{prefix}.a");
        await using TestTopic other = await TestTopic.CreateAsync(name: $"other-{prefix}.a");
        first.Put(0, 0, 10);
        other.Put(0, 1000, 10);
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.ReadPattern(
            Broker.Connection, $@"{prefix}\.[ab]", KafkaTopic.Utf8(), o => o.DiscoveryInterval = Often));
        reads.Until(10);
        await using TestTopic second = await TestTopic.CreateAsync(partitions: 2, name: $"{prefix}.b");
        await using TestTopic longer = await TestTopic.CreateAsync(name: $"{prefix}.bc");
        longer.Put(0, 2000, 10);
        second.Put(1, 100, 10);
        reads.Until(20);
        Assert.Equal([.. Enumerable.Range(0, 10), .. Enumerable.Range(100, 10)], reads.Records.Select(int.Parse).Order());
        Assert.Equal([$"{prefix}.a/0", $"{prefix}.b/0", $"{prefix}.b/1"], reads.Splits);
    }

    [BrokerFact]
    public async Task A_pattern_that_matches_nothing_yet_waits_and_says_so()
    {
        string prefix = TestTopic.NewName("p");
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.ReadPattern(Broker.Connection, $"{prefix}.*", KafkaTopic.Utf8(), o => o.DiscoveryInterval = Often));
        Assert.Contains(reads.Context.Log.Lines, line => line.Id == 7106);
        await using TestTopic topic = await TestTopic.CreateAsync(name: $"{prefix}-1");
        topic.Put(0, 0, 10);
        reads.Until(10);
    }

    [BrokerFact]
    public async Task What_a_checkpoint_does_not_know_is_read_from_its_first_record_whatever_start_says()
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 2);
        topic.Put(0, 0, 10);
        topic.Put(1, 100, 10);
        var known = new Dictionary<string, KafkaPosition> { [$"{topic.Name}/0"] = new(8, null) };
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Utf8(), o => o.Start = KafkaStart.Latest), known);
        reads.Until(12);
        Assert.Equal([8, 9, .. Enumerable.Range(100, 10)], reads.Records.Select(int.Parse).Order());
    }

    [Fact]
    public void Owners_are_the_same_everywhere_and_share_the_partitions_out_evenly()
    {
        Source<string, KafkaPosition> source = KafkaTopic.Read(new KafkaConnection("nowhere:1"), "t", KafkaTopic.Utf8());
        // Written down: another process, or version, must say the same.
        Assert.Equal([0, 1, 2, 3, 0], Enumerable.Range(0, 5).Select(i => source.OwnerOf($"orders/{i}", 4)));
        int[] counts = [.. Enumerable.Range(0, 1000).GroupBy(i => source.OwnerOf($"topic{i}/0", 8)).Select(group => group.Count())];
        Assert.Equal(8, counts.Length);
        Assert.All(counts, count => Assert.InRange(count, 80, 170));
    }
}
