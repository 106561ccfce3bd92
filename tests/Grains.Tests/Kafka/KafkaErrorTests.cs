using Confluent.Kafka;
using Gristmill.GrainInterfaces;
using Gristmill.Kafka.Tests;
using Gristmill.KafkaCounts.Tests;
using Gristmill.Samples.KafkaCounts;

namespace Gristmill.Grains.Tests;

/// <summary>What Kafka says no to for good ends the job on all silos, and the client reads why.</summary>
public class KafkaErrorTests
{
    [BrokerFact]
    public async Task A_missing_topic_of_the_sink_fails_the_job_at_once_and_the_client_reads_the_remedy()
    {
        using Workbench bench = await Workbench.CreateAsync(Broker.Address);
        await using Cluster cluster = await Counts.StartAsync<RunningCounts>(bench.In, "no-such-topic");
        AssertOnce(await FailedAsync(cluster), "'no-such-topic' does not exist", "Create it, or correct the topic's name");
    }

    [BrokerFact]
    public async Task A_missing_topic_of_the_source_fails_the_job_at_once_and_the_client_reads_the_remedy()
    {
        using Workbench bench = await Workbench.CreateAsync(Broker.Address);
        await using Cluster cluster = await Counts.StartAsync<RunningCounts>("no-such-topic", bench.Out);
        AssertOnce(await FailedAsync(cluster), "source 'in': there is no topic 'no-such-topic'", "Create it, or mend the topic at the source");
    }

    [BrokerFact]
    public async Task A_record_a_subtask_cannot_read_fails_the_job_at_once_and_the_client_reads_where_it_is()
    {
        using Workbench bench = await Workbench.CreateAsync(Broker.Address);
        await using Cluster cluster = await Counts.StartAsync(bench);
        bench.Produce(100);
        await cluster.UntilOutAsync(bench, 100);
        using IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig { BootstrapServers = Broker.Address }).Build();
        await producer.ProduceAsync(new TopicPartition(bench.In, 2), new Message<byte[], byte[]> { Key = [1, 2, 3], Value = [] }, TestContext.Current.CancellationToken);
        AssertOnce(await FailedAsync(cluster), $"{bench.In}/2, ", " 25: ", "The key has 3 bytes");
        bench.AssertExact();
    }

    [BrokerFact]
    public async Task A_record_a_subtask_may_not_write_fails_the_job_at_once_and_the_client_reads_the_option()
    {
        using Workbench bench = await Workbench.CreateAsync(Broker.Address);
        await using Cluster cluster = await Counts.StartAsync<WideJob>(bench.In, bench.Out);
        AssertOnce(await FailedAsync(cluster), $"'{bench.Out}'", "MaxRecordBytes allows 1,024", "Make it smaller, or raise MaxRecordBytes at the sink");
    }

    private static async Task<JobReport> FailedAsync(Cluster cluster)
    {
        await cluster.UntilAsync(report => report.State == "Failed", "the failure");
        return await cluster.Client.GetStatusAsync("job", TestContext.Current.CancellationToken);
    }

    private static void AssertOnce(JobReport report, params string[] parts)
    {
        foreach (string part in parts)
            Assert.Contains(part, report.Error, StringComparison.Ordinal);
        Assert.Equal((1, 0), (report.Generation, report.Restarts));
    }
}
