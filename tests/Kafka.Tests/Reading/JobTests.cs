using System.Collections.Concurrent;
using System.Globalization;
using Gristmill.Checkpoints;

namespace Gristmill.Kafka.Tests;

/// <summary>Jobs that read from Kafka, in the embedded host.</summary>
public sealed class JobTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    private readonly record struct Item(long Time, int Number);

    [BrokerFact]
    public async Task Two_subtasks_read_all_partitions_and_a_restarted_job_goes_on_where_the_checkpoint_is()
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 3);
        for (int partition = 0; partition < 3; partition++)
            topic.Put(partition, partition * 1000, 500);
        var store = new MemoryCheckpointStore();
        using var log = new LogLines();
        var got = new ConcurrentQueue<int>();
        for (int run = 0; run < 3; run++)
        {
            using EmbeddedJob job = Job(b => Collect(b.From("in", Read(topic)), got), Options(store), log);
            job.Start();
            int until = 1500 * (run + 1);
            await Wait.UntilAsync(() => got.Count >= until || job.Completion.IsCompleted, () => $"{until} records; {got.Count} have come, {job.Status}:{Environment.NewLine}{log}");
            Assert.False(job.Completion.IsCompleted, job.Completion.IsCompleted ? $"{(await job.Completion).Error}" : "");
            Assert.Equal(JobState.Stopped, (await job.StopAsync().WaitAsync(Bound)).State);
            for (int partition = 0; partition < 3; partition++)
                topic.Put(partition, partition * 1000 + 10_000 * (run + 1), 500);
        }

        Assert.Equal(4500, got.Distinct().Count());
        Assert.Equal(4500, got.Count);
    }

    [BrokerFact]
    public async Task A_failure_restarts_the_job_from_the_checkpoint_and_the_output_is_exact()
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 2);
        topic.Put(0, 0, 3000);
        topic.Put(1, 3000, 3000);
        int seen = 0;
        var collected = new Collected<int>();
        GristmillOptions options = Options(new MemoryCheckpointStore(), o =>
        {
            (o.Checkpoints.Periodic, o.Checkpoints.Interval) = (true, TimeSpan.FromMilliseconds(10));
            (o.Restart.Policy, o.Restart.Delay) = (RestartPolicy.FixedDelay, TimeSpan.Zero);
        });
        using EmbeddedJob job = Job(
            b => b.From("in", Read(topic, o => o.End = KafkaEnd.Latest))
                .Select(n => Interlocked.Increment(ref seen) is 1000 or 5000 ? throw new InvalidTimeZoneException("planted") : n)
                .To("out", collected),
            options);
        JobOutcome outcome = await job.RunAsync().WaitAsync(Bound);
        Assert.True(outcome.State == JobState.Completed, $"{outcome.Error}");
        Assert.Equal(2, job.Status.Restarts);
        Assert.Equal(Enumerable.Range(0, 6000), collected.Rows.Order());
    }

    [BrokerFact]
    public async Task A_partition_that_ends_with_a_transactions_mark_is_read_to_its_end()
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        string group = TestTopic.NewName("g");
        topic.PutInTransaction(0, 0, 10);
        var got = new ConcurrentQueue<int>();
        using EmbeddedJob job = Job(b => Collect(b.From("in", Read(topic, o => o.GroupId = group)), got), Options(new MemoryCheckpointStore(), o =>
            (o.Checkpoints.Periodic, o.Checkpoints.Interval) = (true, TimeSpan.FromMilliseconds(50))));
        job.Start();
        await Wait.UntilAsync(() => topic.Committed(group) == 11, "the mark is behind the job, too");
        Assert.Equal(10, got.Count);
    }

    [BrokerFact]
    public async Task Offsets_are_committed_to_the_group_after_a_checkpoint_and_not_before()
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 2);
        string group = TestTopic.NewName("g");
        topic.Put(0, 0, 100);
        topic.Put(1, 1000, 50);
        var got = new ConcurrentQueue<int>();
        using EmbeddedJob job = Job(b => Collect(b.From("in", Read(topic, o => o.GroupId = group)), got), Options(new MemoryCheckpointStore()));
        job.Start();
        await Wait.UntilAsync(() => got.Count == 150, "all is read");
        // Each question takes a new client, so all of them longer than the job's waits with what it is told to commit.
        for (int asked = 0; asked < 20; asked++)
            Assert.True(topic.Committed(group) < 0);
        await job.CheckpointAsync().WaitAsync(Bound);
        await Wait.UntilAsync(() => topic.Committed(group) == 100 && topic.Committed(group, 1) == 50, "both partitions are committed");
        topic.Put(0, 100, 20);
        await Wait.UntilAsync(() => got.Count == 170, "more is read");
        await job.StopAsync().WaitAsync(Bound);
        await Wait.UntilAsync(() => topic.Committed(group) == 120, "the last checkpoint is committed, too");
    }

    [BrokerTheory, InlineData(BadRecordPolicy.Fail), InlineData(BadRecordPolicy.Skip), InlineData(BadRecordPolicy.DeadLetter)]
    public async Task Poison_records_fail_the_job_for_good_or_are_skipped_or_are_dead_letters(BadRecordPolicy policy)
    {
        await using TestTopic topic = await TestTopic.CreateAsync();
        foreach (string value in new[] { "0", "{", "2" })
            topic.Put(0, value);
        topic.Flush();
        var got = new ConcurrentQueue<int>();
        var dead = new Collected<BadRecord>();
        GristmillOptions options = Options(new MemoryCheckpointStore(), o => (o.Restart.Policy, o.Restart.Delay) = (RestartPolicy.FixedDelay, TimeSpan.Zero));
        using EmbeddedJob job = Job(b =>
        {
            SourceStream<int> numbers = b.From("in", Read(topic, o => o.End = KafkaEnd.Latest));
            if (policy == BadRecordPolicy.DeadLetter)
            {
                numbers = numbers.DeadLetters(out Stream<BadRecord> bad);
                bad.To("dead", dead);
            }
            else
            {
                numbers = numbers.OnBadRecord(policy);
            }

            Collect(numbers, got);
        }, options);
        JobOutcome outcome = await job.RunAsync().WaitAsync(Bound);
        if (policy == BadRecordPolicy.Fail)
        {
            Assert.Equal(JobState.Failed, outcome.State);
            Assert.Equal(0, job.Status.Restarts);
            Assert.Contains($"{topic.Name}/0, line 1", outcome.Error!.ToString(), StringComparison.Ordinal);
            return;
        }

        Assert.True(outcome.State == JobState.Completed, $"{outcome.Error}");
        Assert.Equal([0, 2], got);
        if (policy == BadRecordPolicy.DeadLetter)
        {
            BadRecord letter = Assert.Single(dead.Rows);
            Assert.Equal(($"{topic.Name}/0", 1L, "{"), (letter.Origin, letter.Line, letter.Text));
        }
    }

    [BrokerFact]
    public async Task Watermarks_are_kept_for_each_partition_and_an_idle_one_does_not_hold_them()
    {
        await using TestTopic topic = await TestTopic.CreateAsync(partitions: 3);
        topic.Put(0, 0, 1000);
        topic.Put(1, 100, 1);
        var windows = new ConcurrentQueue<long>();
        Source<Item, KafkaPosition> source = KafkaTopic.Read(
            Broker.Connection, topic.Name, (in KafkaRecord r) => new Item(r.Timestamp.ToUnixTimeSeconds() - TestTopic.Start.ToUnixTimeSeconds(), int.Parse(r.Value, CultureInfo.InvariantCulture)));
        using EmbeddedJob job = Job(
            b => b.From("in", source)
                .WithTimestamps((Item item) => item.Time * 1000, TimeSpan.Zero, idleAfter: TimeSpan.FromSeconds(2))
                .KeyBy(item => 0)
                .Window(Tumbling.Of(TimeSpan.FromSeconds(100)))
                .Aggregate("count", new Counting(windows))
                .To("out", new Collected<int>()),
            Options(new MemoryCheckpointStore(), o => o.Parallelism = 1));
        job.Start();
        // Partition 2 has nothing at all and 1 has stopped at second 100: both are idle after a while.
        await Wait.UntilAsync(() => windows.Contains(800), "the windows of the partition that is not idle");
        await job.CancelAsync().WaitAsync(Bound);
    }

    [BrokerFact]
    public async Task A_missing_topic_ends_the_job_without_another_try()
    {
        GristmillOptions options = Options(new MemoryCheckpointStore(), o => (o.Restart.Policy, o.Restart.Delay) = (RestartPolicy.FixedDelay, TimeSpan.Zero));
        using EmbeddedJob job = Job(b => b.From("in", KafkaTopic.Read(Broker.Connection, "no-such-topic", KafkaTopic.Json<int>())).To("out", new Collected<int>()), options);
        JobOutcome outcome = await job.RunAsync().WaitAsync(Bound);
        Assert.Equal((JobState.Failed, 0), (outcome.State, job.Status.Restarts));
        Assert.Contains("there is no topic 'no-such-topic'", outcome.Error!.ToString(), StringComparison.Ordinal);
    }

    private static Source<int, KafkaPosition> Read(TestTopic topic, Action<KafkaReadOptions>? configure = null)
        => KafkaTopic.Read(Broker.Connection, topic.Name, KafkaTopic.Json<int>(), configure);

    /// <summary>Sees records as they come, without waiting for a checkpoint.</summary>
    private static void Collect(Stream<int> stream, ConcurrentQueue<int> got) => stream.Select(n =>
    {
        got.Enqueue(n);
        return n;
    }).To("out", new Collected<int>());

    private static GristmillOptions Options(ICheckpointStore store, Action<GristmillOptions>? configure = null)
    {
        var options = new GristmillOptions
        {
            Parallelism = 2,
            WorkerThreads = 2,
            BatchSize = 16,
            KeyGroups = 16,
            Checkpoints = { Store = store, Periodic = false },
            Restart = { Policy = RestartPolicy.None },
        };
        configure?.Invoke(options);
        return options;
    }

    private static EmbeddedJob Job(Action<JobBuilder> build, GristmillOptions options, LogLines? log = null) => new("job", new LambdaJob(build), options, log);

    private sealed class LambdaJob(Action<JobBuilder> build) : IJob
    {
        public void Build(JobBuilder job) => build(job);
    }

    private sealed class Counting(ConcurrentQueue<long> windows) : WindowAggregate<int, Item, int, int>
    {
        public override void Add(ref int accumulator, in Item record) => accumulator++;

        public override int Result(int key, Window window, in int accumulator)
        {
            windows.Enqueue(window.StartMs / 1000);
            return accumulator;
        }
    }
}
