using System.Globalization;
using Gristmill.Checkpoints;

namespace Gristmill.Kafka.Tests.Writing;

/// <summary>Whole jobs that write to Kafka: the topic is exact, whatever fails.</summary>
public sealed class SinkJobTests
{
    private const int Rows = 12_000;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);
    private static readonly int[] s_rows = [.. Enumerable.Range(0, Rows)];

    [BrokerFact]
    public async Task A_job_that_fails_in_the_middle_writes_each_record_once()
    {
        string topic = await SinkBroker.TopicAsync(3);
        int seen = 0;
        using (EmbeddedJob job = Open(topic, new MemoryCheckpointStore(), row =>
        {
            if (Interlocked.Increment(ref seen) is Rows / 4 or Rows)
                throw new InvalidTimeZoneException("planted");
            return row;
        }))
        {
            await CompletesAsync(job);
            Assert.Equal(2, job.Status.Restarts);
        }
        await RequireExactAsync(topic);
    }

    [BrokerFact]
    public async Task A_job_that_is_stopped_and_goes_on_elsewhere_writes_each_record_once()
    {
        string topic = await SinkBroker.TopicAsync(3);
        var store = new MemoryCheckpointStore();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int seen = 0;
        using (EmbeddedJob first = Open(topic, store, row =>
        {
            if (Interlocked.Increment(ref seen) == Rows / 3)
                reached.SetResult();
            return row;
        }, parallelism: 3))
        {
            first.Start();
            await reached.Task.WaitAsync(Bound);
            JobState state = (await first.StopAsync().WaitAsync(Bound)).State;
            Assert.True(state is JobState.Stopped or JobState.Completed, $"{state}");
        }
        using (EmbeddedJob second = Open(topic, store, row => row))
            await CompletesAsync(second);
        await RequireExactAsync(topic);
    }

    [BrokerFact]
    public async Task At_least_once_a_job_that_fails_in_the_middle_loses_nothing()
    {
        string topic = await SinkBroker.TopicAsync(3);
        int seen = 0;
        using (EmbeddedJob job = Open(topic, new MemoryCheckpointStore(), row => Interlocked.Increment(ref seen) == Rows / 2 ? throw new InvalidTimeZoneException("planted") : row, exactlyOnce: false))
            await CompletesAsync(job);
        string[] found = await SinkBroker.ReadAsync(topic);
        Assert.Equal(Expected().Order(StringComparer.Ordinal), found.Distinct().Order(StringComparer.Ordinal));
    }

    [BrokerFact]
    public async Task A_missing_topic_fails_the_job_with_the_sinks_words()
    {
        using EmbeddedJob job = Open($"missing-{Guid.NewGuid():N}", new MemoryCheckpointStore(), row => row, policy: RestartPolicy.None);
        JobOutcome outcome = await job.RunAsync().WaitAsync(Bound);
        Assert.Equal(JobState.Failed, outcome.State);
        Assert.Contains("does not exist", $"{outcome.Error}", StringComparison.Ordinal);
    }

    [Fact]
    public void Faults_of_the_sinks_settings_are_found_before_the_job_starts()
    {
        var writing = new Writing("topic", row => row, exactlyOnce: true, options => options.MaxRecordBytes = 1);
        var error = Assert.Throws<JobConfigurationException>(() => new EmbeddedJob("job", writing, new GristmillOptions()));
        Assert.Contains("Sink 'out': MaxRecordBytes is 1", error.Message, StringComparison.Ordinal);
    }

    private static EmbeddedJob Open(
        string topic, ICheckpointStore store, Func<int, int> pass, int parallelism = 2, bool exactlyOnce = true, RestartPolicy policy = RestartPolicy.FixedDelay)
    {
        var options = new GristmillOptions { Parallelism = parallelism, WorkerThreads = 2, BatchSize = 16, ChannelCapacity = 2, KeyGroups = 16 };
        (options.Restart.Policy, options.Restart.Delay) = (policy, TimeSpan.Zero);
        options.Checkpoints.Store = store;
        options.Checkpoints.Interval = TimeSpan.FromMilliseconds(20);
        // Else two jobs of the test class, of the same name, would fence each other.
        return new EmbeddedJob($"job-{topic}", new Writing(topic, pass, exactlyOnce), options);
    }

    private static async Task CompletesAsync(EmbeddedJob job)
    {
        JobOutcome outcome = await job.RunAsync().WaitAsync(Bound);
        Assert.True(outcome.State == JobState.Completed, $"{outcome.State}: {outcome.Error}");
    }

    private static IEnumerable<string> Expected() => s_rows.Select(row => $"{row % 7}={row}");

    private static async Task RequireExactAsync(string topic) =>
        Assert.Equal(Expected().Order(StringComparer.Ordinal), (await SinkBroker.ReadAsync(topic)).Order(StringComparer.Ordinal));

    private sealed class Writing(string topic, Func<int, int> pass, bool exactlyOnce, Action<KafkaWriteOptions>? configure = null) : IJob
    {
        private static readonly KafkaSerializer<int> s_serialize = (in row, to) =>
        {
            to.KeyUtf8((row % 7).ToString(CultureInfo.InvariantCulture));
            to.ValueUtf8(row.ToString(CultureInfo.InvariantCulture));
        };

        public void Build(JobBuilder job)
        {
            Stream<int> rows = job.From("in", InMemory.From(s_rows, 3).Throttle(Rows)).Select(pass);
            var connection = new KafkaConnection(Broker.IsThere ? Broker.Address : "127.0.0.1:1");
            if (exactlyOnce)
                rows.To("out", KafkaTopic.Write(connection, topic, s_serialize, configure));
            else
                rows.To("out", KafkaTopic.WriteAtLeastOnce(connection, topic, s_serialize, configure));
        }
    }
}
