using Gristmill.Files.Tests;
using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka.Tests.Writing;

/// <summary>A broker that is killed at every step of a commit, and one that stays away longer than a transaction may last.</summary>
public sealed class OutageTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    [OwnBrokerFact]
    public async Task A_broker_killed_between_any_two_steps_leaves_each_epoch_there_once()
    {
        await using OwnBroker broker = await OwnBroker.StartedAsync();
        string topic = await SinkBroker.TopicAsync(1, broker.Address);
        using var context = new TestSinkContext();
        var sink = Open(topic, broker.Address);
        await sink.CleanUpAsync(context, None);
        var expected = new List<string>();
        long epoch = 0;
        foreach (CommitStep killed in new[] { CommitStep.Begin, CommitStep.Write, CommitStep.Record, CommitStep.Commit })
        {
            var staged = await sink.StageAsync(context, ++epoch, ("a", $"{epoch}"), ("b", $"{epoch}"));
            expected.AddRange([$"a={epoch}", $"b={epoch}"]);
            bool isDead = false;
            sink.OnStep = (step, _) =>
            {
                if (step != killed || isDead)
                    return;
                isDead = true;
                KillAndStart(broker);
            };
            await sink.CommitAsync([staged], context, None).AsTask().WaitAsync(Bound);
            Assert.True(isDead, "The broker was not killed.");
        }
        await sink.CloseAsync(context);
        Assert.Equal(expected, await SinkBroker.ReadAsync(topic, address: broker.Address));
    }

    [OwnBrokerFact]
    public async Task A_broker_away_for_longer_than_a_transaction_may_last_is_waited_for()
    {
        await using OwnBroker broker = await OwnBroker.StartedAsync();
        string topic = await SinkBroker.TopicAsync(1, broker.Address);
        var log = new TextLog();
        using var context = new TestSinkContext(logger: log);
        var sink = Open(topic, broker.Address, options => options.TransactionTimeout = TimeSpan.FromSeconds(1));
        await sink.CleanUpAsync(context, None);
        var staged = await sink.StageAsync(context, 1, ("a", "1"));
        bool isDead = false;
        sink.OnStep = (step, _) =>
        {
            if (step != CommitStep.Commit || isDead)
                return;
            isDead = true;
            broker.KillAsync().GetAwaiter().GetResult();
        };
        Task commit = sink.CommitAsync([staged], context, None).AsTask();
        // It says so after two seconds, and the transaction, which is open, has one.
        await SinkBroker.WaitAsync(() => log.Text.Contains("goes on trying", StringComparison.Ordinal));
        Assert.False(commit.IsCompleted);
        await broker.StartAsync();
        await commit.WaitAsync(Bound);
        await sink.CloseAsync(context);
        Assert.Contains("epoch 1 is in", log.Text, StringComparison.Ordinal);
        Assert.Equal(["a=1"], await SinkBroker.ReadAsync(topic, address: broker.Address));
    }

    [OwnBrokerFact]
    public async Task A_broker_lost_while_the_clients_queue_is_full_is_told_of_and_waited_for()
    {
        await using OwnBroker broker = await OwnBroker.StartedAsync();
        string topic = await SinkBroker.TopicAsync(1, broker.Address);
        var log = new TextLog();
        using var context = new TestSinkContext(logger: log);
        // Nothing fails for ten minutes: what is told is told of the queue.
        var sink = Open(topic, broker.Address, options => (options.MaxUnsentBytes, options.TransactionTimeout) = (1 << 20, TimeSpan.FromMinutes(10)));
        await sink.CleanUpAsync(context, None);
        (string, string)[] records = [.. Enumerable.Range(0, 40).Select(i => ($"{i}", new string('x', 100_000)))];
        var staged = await sink.StageAsync(context, 1, records);
        bool isDead = false;
        sink.OnStep = (step, _) =>
        {
            if (step != CommitStep.Write || isDead)
                return;
            isDead = true;
            broker.KillAsync().GetAwaiter().GetResult();
        };
        Task commit = sink.CommitAsync([staged], context, None).AsTask();
        await SinkBroker.WaitAsync(() => log.Text.Contains("can't write epoch 1", StringComparison.Ordinal));
        Assert.False(commit.IsCompleted);
        await broker.StartAsync();
        await commit.WaitAsync(Bound);
        await sink.CloseAsync(context);
        Assert.Single(log.Lines, line => line.Contains("epoch 1 is in", StringComparison.Ordinal));
        Assert.Equal(records.Select(record => record.Item1), await SinkBroker.ReadAsync(topic, "%k", broker.Address));
    }

    [OwnBrokerFact]
    public async Task A_sink_that_only_gets_ready_speaks_of_no_epoch()
    {
        await using OwnBroker broker = await OwnBroker.StartedAsync();
        string topic = await SinkBroker.TopicAsync(1, broker.Address);
        await broker.KillAsync();
        TextLog exactlyLog = new(), atLeastLog = new();
        using var exactly = new TestSinkContext(firstEpoch: 2, logger: exactlyLog);
        using var atLeast = new TestSinkContext(firstEpoch: 2, logger: atLeastLog);
        var sink = Open(topic, broker.Address);
        Task ready = sink.CleanUpAsync(exactly, None).AsTask();
        await using DirectSinkWriter<(string, string)> writer = KafkaTopic.WriteAtLeastOnce(Sinks.Connection(broker.Address), topic, Sinks.KeyAndValue).OpenWriter(atLeast);
        TextLog[] logs = [exactlyLog, atLeastLog];
        await SinkBroker.WaitAsync(() => logs.All(log => log.Text.Contains("goes on trying", StringComparison.Ordinal)));
        await broker.StartAsync();
        await ready.WaitAsync(Bound);
        await SinkBroker.WaitAsync(() => logs.All(log => log.Text.Contains("is ready to write", StringComparison.Ordinal)));
        await sink.CloseAsync(exactly);
        Assert.DoesNotContain(logs.SelectMany(log => log.Lines), line => line.Contains(" epoch ", StringComparison.Ordinal) && !line.StartsWith("Debug", StringComparison.Ordinal));
    }

    [OwnBrokerFact]
    public async Task A_commit_that_waits_for_a_broker_can_be_cancelled_and_is_made_by_the_next_generation()
    {
        await using OwnBroker broker = await OwnBroker.StartedAsync();
        string topic = await SinkBroker.TopicAsync(1, broker.Address);
        using var first = new TestSinkContext();
        var sink = Open(topic, broker.Address);
        await sink.CleanUpAsync(first, None);
        var staged = await sink.StageAsync(first, 1, ("a", "1"));
        using var stop = new CancellationTokenSource();
        sink.OnStep = (step, _) =>
        {
            if (step == CommitStep.Commit)
                broker.KillAsync().GetAwaiter().GetResult();
        };
        Task commit = sink.CommitAsync([staged], first, stop.Token).AsTask();
        stop.CancelAfter(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => commit.WaitAsync(Bound));
        await sink.CloseAsync(first);
        await broker.StartAsync();
        var next = Open(topic, broker.Address);
        using var second = new TestSinkContext(2, firstEpoch: 2);
        await next.CommitAsync([staged], second, None);
        await next.CloseAsync(second);
        Assert.Equal(["a=1"], await SinkBroker.ReadAsync(topic, address: broker.Address));
    }

    [OwnBrokerFact]
    public async Task At_least_once_waits_for_a_broker_that_comes_back()
    {
        await using OwnBroker broker = await OwnBroker.StartedAsync();
        string topic = await SinkBroker.TopicAsync(1, broker.Address);
        using var context = new TestSinkContext();
        await using DirectSinkWriter<(string, string)> writer = KafkaTopic.WriteAtLeastOnce(Sinks.Connection(broker.Address), topic, Sinks.KeyAndValue).OpenWriter(context);
        await SinkBroker.WaitAsync(() => writer.CanWrite);
        await broker.KillAsync();
        writer.Write([("a", "1"), ("b", "2")]);
        Task flushed = writer.FlushAsync(None).AsTask();
        Assert.False(flushed.IsCompleted);
        await broker.StartAsync();
        await flushed.WaitAsync(Bound);
        Assert.Equal(["a=1", "b=2"], await SinkBroker.ReadAsync(topic, address: broker.Address));
    }

    private static void KillAndStart(OwnBroker broker)
    {
        broker.KillAsync().GetAwaiter().GetResult();
        broker.StartAsync().GetAwaiter().GetResult();
    }

    private static KafkaSink<(string Key, string Value)> Open(string topic, string address, Action<KafkaWriteOptions>? configure = null) =>
        (KafkaSink<(string Key, string Value)>)KafkaTopic.Write(Sinks.Connection(address), topic, Sinks.KeyAndValue, configure);
}
