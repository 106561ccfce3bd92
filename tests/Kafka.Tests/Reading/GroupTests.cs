using System.Globalization;

namespace Gristmill.Kafka.Tests;

/// <summary>What a consumer group is told of how far a job is.</summary>
public sealed class GroupTests
{
    [BrokerFact]
    public async Task The_end_of_a_bounded_read_is_committed_for_each_partition_also_an_empty_one()
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 3);
        string group = TestTopic.NewName("g");
        topic.Put(0, 0, 100);
        topic.Put(1, 1000, 3000);
        using var log = new LogLines();
        Source<string, KafkaPosition> source = KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Utf8(), o => (o.GroupId, o.End) = (group, KafkaEnd.Latest));
        var options = new GristmillOptions { Parallelism = 1, KeyGroups = 16, Checkpoints = { Store = new Checkpoints.MemoryCheckpointStore(), Periodic = false }, Restart = { Policy = RestartPolicy.None } };
        using var job = new EmbeddedJob("job", new Reading(source), options, log);
        JobOutcome outcome = await job.RunAsync().WaitAsync(Wait.Bound);
        Assert.True(outcome.State == JobState.Completed, $"{outcome.Error}");
        long[] Committed() => [.. Enumerable.Range(0, 3).Select(partition => topic.Committed(group, partition))];
        await Wait.UntilAsync(() => Committed() is [100, 3000, 0], () => $"all ends are committed: {string.Join(", ", Committed())}{Environment.NewLine}{log}");
        Assert.DoesNotContain(log.Lines, line => line.Id == 7105);
    }

    [BrokerFact]
    public async Task What_an_older_consumer_commits_late_does_not_set_the_group_back()
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        string group = TestTopic.NewName("g");
        topic.Put(0, 0, 10);
        using var entered = new ManualResetEventSlim();
        using var gate = new ManualResetEventSlim();
        Source<int, KafkaPosition> source = KafkaTopic.Read(Broker.Connection, topic.Name, (in KafkaRecord record) =>
        {
            int number = int.Parse(record.Value, CultureInfo.InvariantCulture);
            if (number == 10 && !entered.IsSet)
            {
                entered.Set();
                gate.Wait(Wait.Bound);
            }

            return number;
        }, o => o.GroupId = group);
        Dictionary<string, KafkaPosition> positions;
        using (var older = await Reads<int>.OpenAsync(source))
        {
            older.Until(10);
            topic.Put(0, 10, 2);
            Assert.True(entered.Wait(Wait.Bound));
            // It hears of this when it is closed already.
            older.Commit();
            positions = older.Positions();
        }

        using var newer = await Reads<int>.OpenAsync(source, positions);
        newer.Until(2);
        newer.Commit();
        // Each question takes a new client, so all of them longer than a consumer waits with what it is told.
        for (int asked = 0; asked < 20; asked++)
            Assert.True(topic.Committed(group) < 0);
        gate.Set();
        await Wait.UntilAsync(() => topic.Committed(group) == 12, "the newer one's offset is committed");
    }

    private sealed class Reading(Source<string, KafkaPosition> source) : IJob
    {
        public void Build(JobBuilder job) => job.From("in", source).To("out", new Collected<string>());
    }
}
