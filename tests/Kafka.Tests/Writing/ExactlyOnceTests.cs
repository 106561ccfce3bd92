using System.Globalization;
using Confluent.Kafka;
using Gristmill.Files.Tests;
using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka.Tests.Writing;

/// <summary>What readers of committed transactions find, whatever is done twice, by whom, in which order.</summary>
public sealed class ExactlyOnceTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [BrokerFact]
    public async Task A_commit_called_twice_writes_once()
    {
        string topic = await SinkBroker.TopicAsync();
        var sink = Open(topic);
        using var context = Context();
        await sink.CleanUpAsync(context, None);
        var first = await sink.StageAsync(context, 1, ("a", "1"), ("b", "2"));
        Assert.Empty(await SinkBroker.ReadAllAsync(topic));
        await sink.CommitAsync([first], context, None);
        await sink.CommitAsync([first], context, None);
        await sink.CloseAsync(context);
        Assert.Equal(["a=1", "b=2"], await SinkBroker.ReadAsync(topic));
    }

    [BrokerFact]
    public async Task A_later_generation_writes_what_is_missing_and_nothing_else()
    {
        string topic = await SinkBroker.TopicAsync();
        var sink = Open(topic);
        using var first = Context();
        await sink.CleanUpAsync(first, None);
        var one = await sink.StageAsync(first, 1, ("a", "1"));
        var two = await sink.StageAsync(first, 2, ("a", "2"));
        await sink.CommitAsync([one], first, None);
        var other = Open(topic);
        using var second = Context(2, 3);
        await other.CommitAsync([one, two], second, None);
        await other.CleanUpAsync(second, None);
        // The first one comes back to life, and has not heard.
        await sink.CommitAsync([two], first, None);
        var three = await other.StageAsync(second, 3, ("a", "3"));
        await other.CommitAsync([three], second, None);
        await sink.CloseAsync(first);
        await other.CloseAsync(second);
        Assert.Equal(["a=1", "a=2", "a=3"], await SinkBroker.ReadAsync(topic));
    }

    [BrokerTheory]
    [InlineData((int)CommitStep.Initialise)]
    [InlineData((int)CommitStep.Ask)]
    [InlineData((int)CommitStep.Begin)]
    [InlineData((int)CommitStep.Write)]
    [InlineData((int)CommitStep.Record)]
    [InlineData((int)CommitStep.Commit)]
    public async Task A_generation_that_is_overtaken_between_two_steps_writes_nothing_twice(int step)
    {
        string topic = await SinkBroker.TopicAsync(2);
        var zombie = Open(topic);
        var successor = Open(topic);
        using var first = Context();
        using var second = Context(2, 3);
        await zombie.CleanUpAsync(first, None);
        var one = await zombie.StageAsync(first, 1, ("a", "1"), ("b", "1"));
        var two = await zombie.StageAsync(first, 2, ("a", "2"), ("b", "2"));
        // Fenced already, so that it comes to every step, those that begin a session too.
        await successor.CommitAsync([one], second, None);
        int breaks = 0;
        zombie.OnStep = (next, _) =>
        {
            if ((int)next == step && breaks++ == 0)
                successor.CommitAsync([one, two], second, None).AsTask().GetAwaiter().GetResult();
        };
        await zombie.CommitAsync([one, two], first, None);
        Assert.True(breaks > 0, "It was not overtaken.");
        await zombie.CloseAsync(first);
        await successor.CloseAsync(second);
        Assert.Equal(["a=1", "a=2", "b=1", "b=2"], (await SinkBroker.ReadAsync(topic)).Order(StringComparer.Ordinal));
    }

    [BrokerFact]
    public async Task A_job_begun_from_another_jobs_savepoint_writes_what_that_one_has_not_and_counts_for_itself()
    {
        string topic = await SinkBroker.TopicAsync();
        var original = Open(topic);
        using var first = Context();
        await original.CleanUpAsync(first, None);
        var one = await original.StageAsync(first, 1, ("a", "1"));
        var two = await original.StageAsync(first, 2, ("a", "2"));
        await original.CommitAsync([one], first, None);
        // Another name too, and so by default another id.
        var copy = Open(topic, id: $"copy-{topic}");
        using var second = new TestSinkContext(1, job: "copy", lineage: "second", firstEpoch: 3);
        await copy.CommitAsync([one, two], second, None);
        await copy.CleanUpAsync(second, None);
        var three = await copy.StageAsync(second, 3, ("copy", "3"));
        await copy.CommitAsync([three], second, None);
        // The original goes on: it did not write epoch 2 itself, and epoch 3 of the copy is not its own.
        var its = await original.StageAsync(first, 3, ("original", "3"));
        await original.CommitAsync([two], first, None);
        await original.CommitAsync([its], first, None);
        await original.CloseAsync(first);
        await copy.CloseAsync(second);
        Assert.Equal(["a=1", "a=2", "copy=3", "original=3"], await SinkBroker.ReadAsync(topic));
    }

    [BrokerTheory]
    [InlineData(WhenRecordLost.Fail, "a=1 b=2")]
    [InlineData(WhenRecordLost.WriteAgain, "a=1 b=2 b=2 c=3")]
    [InlineData(WhenRecordLost.TakeAsWritten, "a=1 b=2 c=3")]
    public async Task A_record_the_broker_has_forgotten_is_never_taken_for_nothing_written(WhenRecordLost setting, string expected)
    {
        string topic = await SinkBroker.TopicAsync();
        var sink = Open(topic);
        using var first = Context();
        await sink.CleanUpAsync(first, None);
        var one = await sink.StageAsync(first, 1, ("a", "1"));
        var two = await sink.StageAsync(first, 2, ("b", "2"));
        await sink.CommitAsync([one], first, None);
        await sink.CommitAsync([two], first, None);
        await sink.CloseAsync(first);
        using (IAdminClient admin = SinkBroker.Admin())
            await admin.DeleteGroupsAsync([$"id-{topic}.first"]);

        var later = Open(topic, options => options.WhenRecordLost = setting);
        using var second = Context(2, 3);
        if (setting == WhenRecordLost.Fail)
        {
            var error = await Assert.ThrowsAsync<KafkaSinkException>(async () => await later.CommitAsync([two], second, None));
            Assert.Contains("WhenRecordLost", error.Message, StringComparison.Ordinal);
            Assert.Contains("epoch 2", error.Message, StringComparison.Ordinal);
        }
        else
        {
            await later.CommitAsync([two], second, None);
            await later.CleanUpAsync(second, None);
            await later.CommitAsync([await later.StageAsync(second, 3, ("c", "3"))], second, None);
        }
        await later.CloseAsync(second);
        Assert.Equal(expected.Split(' '), await SinkBroker.ReadAsync(topic));
    }

    [BrokerFact]
    public async Task An_older_copy_of_the_checkpoints_is_refused_before_anything_is_swallowed()
    {
        string topic = await SinkBroker.TopicAsync();
        var sink = Open(topic);
        using var first = Context();
        await sink.CleanUpAsync(first, None);
        for (int epoch = 1; epoch <= 3; epoch++)
            await sink.CommitAsync([await sink.StageAsync(first, epoch, ("a", epoch.ToString(CultureInfo.InvariantCulture)))], first, None);
        await sink.CloseAsync(first);
        using var second = Context(2, 3);
        var older = Open(topic);
        var error = await Assert.ThrowsAsync<KafkaSinkException>(async () => await older.CleanUpAsync(second, None));
        await older.CloseAsync(second);
        Assert.Contains("up to epoch 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("end at 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("TransactionalId", error.Message, StringComparison.Ordinal);
    }

    [BrokerFact]
    public async Task A_sink_added_to_a_job_that_then_falls_back_writes_too()
    {
        string topic = await SinkBroker.TopicAsync();
        var sink = Open(topic);
        // After a fall-back nobody cleans up, and so nobody makes sure of a record.
        using var context = Context(4, 7);
        await sink.CommitAsync([await sink.StageAsync(context, 7, ("a", "7"))], context, None);
        await sink.CommitAsync([await sink.StageAsync(context, 8, ("a", "8"))], context, None);
        await sink.CloseAsync(context);
        Assert.Equal(["a=7", "a=8"], await SinkBroker.ReadAsync(topic));
    }

    [BrokerFact]
    public async Task An_epoch_of_many_records_and_subtasks_is_one_transaction()
    {
        string topic = await SinkBroker.TopicAsync(3);
        var sink = Open(topic);
        using var one = Context();
        using var other = new TestSinkContext(1, subtask: 1);
        await sink.CleanUpAsync(one, None);
        (string Key, string Value)[] Records(string key) => [.. Enumerable.Range(0, 30_000).Select(i => (key, i.ToString(CultureInfo.InvariantCulture)))];
        var steps = new List<CommitStep>();
        sink.OnStep = (step, _) => steps.Add(step);
        await sink.CommitAsync([await sink.StageAsync(one, 1, Records("a")), await sink.StageAsync(other, 1, Records("b"))], one, None);
        await sink.CloseAsync(one);
        Assert.Equal([CommitStep.Begin, CommitStep.Write, CommitStep.Record, CommitStep.Commit], steps);
        string[] found = await SinkBroker.ReadAsync(topic);
        foreach (string key in new[] { "a", "b" })
            Assert.Equal(Records(key).Select(record => $"{key}={record.Value}"), found.Where(line => line.StartsWith(key, StringComparison.Ordinal)));
    }

    [BrokerFact]
    public async Task What_comes_after_the_close_is_refused_and_opens_nothing()
    {
        string topic = await SinkBroker.TopicAsync();
        var sink = Open(topic);
        using var context = Context();
        await sink.CleanUpAsync(context, None);
        var staged = await sink.StageAsync(context, 1, ("a", "1"));
        await sink.CloseAsync(context);
        await sink.CloseAsync(context);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await sink.CommitAsync([staged], context, None));
        Assert.Contains("generation 1 is closed", error.Message, StringComparison.Ordinal);
        using var next = Context(2, 2);
        await sink.CommitAsync([staged], next, None);
        await sink.CloseAsync(next);
        Assert.Equal(["a=1"], await SinkBroker.ReadAsync(topic));
    }

    private static KafkaSink<(string Key, string Value)> Open(string topic, Action<KafkaWriteOptions>? configure = null, string? id = null) =>
        (KafkaSink<(string Key, string Value)>)KafkaTopic.Write(Sinks.Connection(), topic, Sinks.KeyAndValue, options =>
        {
            options.TransactionalId = id ?? $"id-{topic}";
            configure?.Invoke(options);
        });

    private static TestSinkContext Context(long generation = 1, long firstEpoch = 1) => new(generation, firstEpoch: firstEpoch);
}
