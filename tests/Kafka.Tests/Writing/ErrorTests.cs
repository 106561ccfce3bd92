using Confluent.Kafka;
using Gristmill.Files.Tests;
using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka.Tests.Writing;

/// <summary>What goes wrong is said within seconds, with setting and remedy, and without secrets.</summary>
public sealed class ErrorTests
{
    private const string Secret = "hunter2hunter2";
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Seconds = TimeSpan.FromSeconds(30);

    [BrokerFact]
    public async Task A_missing_topic_is_named_and_not_made()
    {
        string topic = $"missing-{Guid.NewGuid():N}";
        await FailsAsync(Sinks.Connection(), topic, new TextLog(), topic, "does not exist", "Create it");
        using IAdminClient admin = SinkBroker.Admin();
        Assert.DoesNotContain(admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics, found => found.Topic == topic);
    }

    [Fact]
    public Task A_broker_that_is_not_there_is_named_with_the_timeout() =>
        FailsAsync(new KafkaConnection("127.0.0.1:1") { StartTimeout = TimeSpan.FromSeconds(2) }, "topic", new TextLog(), "127.0.0.1:1", "StartTimeout", "BootstrapServers");

    [Fact]
    public Task An_unknown_setting_is_named_without_any_value()
    {
        var connection = new KafkaConnection("127.0.0.1:1") { Settings = { ["sasl.pasword"] = Secret } };
        return FailsAsync(connection, "topic", new TextLog(), "'sasl.pasword'", "Settings");
    }

    [Fact]
    public Task A_wrong_value_is_named_by_its_setting_and_not_shown()
    {
        var connection = new KafkaConnection("127.0.0.1:1") { Settings = { ["security.protocol"] = Secret } };
        return FailsAsync(connection, "topic", new TextLog(), "'security.protocol'", "Settings");
    }

    [BrokerFact]
    public Task A_broker_that_speaks_no_sasl_refuses_credentials_that_are_not_shown()
    {
        KafkaConnection connection = Sinks.Connection();
        connection.StartTimeout = TimeSpan.FromSeconds(3);
        connection.Settings["security.protocol"] = "SASL_PLAINTEXT";
        connection.Settings["sasl.mechanism"] = "PLAIN";
        connection.Settings["sasl.username"] = "somebody";
        connection.Settings["sasl.password"] = Secret;
        return FailsAsync(connection, "topic", new TextLog(), Broker.Address, "security.protocol");
    }

    [BrokerFact]
    public async Task A_transaction_timeout_the_broker_does_not_allow_is_named()
    {
        string topic = await SinkBroker.TopicAsync();
        var sink = KafkaTopic.Write(Sinks.Connection(), topic, Sinks.KeyAndValue, options => options.TransactionTimeout = TimeSpan.FromHours(1));
        using var context = new TestSinkContext();
        var error = await Assert.ThrowsAsync<KafkaSinkException>(() => sink.CleanUpAsync(context, None).AsTask().WaitAsync(Seconds));
        Assert.Contains("TransactionTimeout", error.Message, StringComparison.Ordinal);
        await sink.CloseAsync(context);
    }

    [Fact]
    public async Task An_oversize_record_is_refused_before_it_is_in_a_checkpoint()
    {
        var sink = KafkaTopic.Write(new KafkaConnection("127.0.0.1:1"), "topic", Sinks.KeyAndValue, options => options.MaxRecordBytes = 2_000);
        using var context = new TestSinkContext();
        await using SinkWriter<(string Key, string Value), KafkaStaged> writer = sink.OpenWriter(context);
        writer.Write([("fits", new string('x', 1_996))]);
        var error = Assert.Throws<KafkaSinkException>(() => writer.Write([("big", new string('x', 1_998))]));
        foreach (string part in new[] { "'big'", "2,001", "MaxRecordBytes", "2,000", "max.message.bytes" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    [BrokerFact]
    public async Task The_largest_record_that_is_allowed_arrives_and_one_the_topic_refuses_is_explained()
    {
        string topic = await SinkBroker.TopicAsync();
        var sink = KafkaTopic.Write(Sinks.Connection(), topic, Sinks.KeyAndValue, options => options.MaxRecordBytes = 3_000_000);
        using var context = new TestSinkContext(job: topic);
        await sink.CleanUpAsync(context, None);
        await sink.CommitAsync([await sink.StageAsync(context, 1, ("", new string('x', 1_000_000)))], context, None);
        Assert.Equal(["1000000"], await SinkBroker.ReadAsync(topic, "%S"));
        var large = await sink.StageAsync(context, 2, ("", new string('x', 2_000_000)));
        var error = await Assert.ThrowsAsync<KafkaSinkException>(() => sink.CommitAsync([large], context, None).AsTask().WaitAsync(Seconds));
        Assert.Contains("max.message.bytes", error.Message, StringComparison.Ordinal);
        Assert.Contains("MaxRecordBytes", error.Message, StringComparison.Ordinal);
        await sink.CloseAsync(context);
    }

    [Fact]
    public void All_faults_of_the_settings_are_said_at_once()
    {
        var connection = new KafkaConnection("127.0.0.1:1") { StartTimeout = TimeSpan.Zero, Settings = { ["acks"] = "1" } };
        string[] faults = [.. KafkaTopic.Write(connection, "a topic", Sinks.KeyAndValue, options =>
        {
            options.TransactionalId = "";
            options.TransactionTimeout = TimeSpan.Zero;
            options.MaxRecordBytes = 1;
            options.MaxEpochBytes = 1;
            options.MaxUnsentBytes = 1;
            options.Partitioner = (KafkaPartitioner)99;
            options.WhenRecordLost = (WhenRecordLost)99;
        }).Validate()];
        foreach (string part in new[] { "'a topic'", "StartTimeout", "'acks'", "TransactionalId", "TransactionTimeout", "MaxRecordBytes", "MaxEpochBytes", "MaxUnsentBytes", "Partitioner", "WhenRecordLost" })
            Assert.Contains(faults, fault => fault.Contains(part, StringComparison.Ordinal));
    }

    [ClientTheory, InlineData(true), InlineData(false)]
    public void Settings_the_client_does_not_take_are_faults_at_once(bool exactlyOnce)
    {
        string[] Faults(params (string Name, string Value)[] settings)
        {
            var connection = new KafkaConnection("127.0.0.1:1");
            foreach ((string name, string value) in settings)
                connection.Settings[name] = value;
            string[] faults = [.. exactlyOnce ? KafkaTopic.Write(connection, "t", Sinks.KeyAndValue).Validate() : KafkaTopic.WriteAtLeastOnce(connection, "t", Sinks.KeyAndValue).Validate()];
            Assert.DoesNotContain(faults, fault => fault.Contains(Secret, StringComparison.Ordinal));
            return faults;
        }

        Assert.Empty(Faults(("linger.ms", "7"), ("fetch.min.bytes", "1")));
        string[] two = Faults(("sasl.pasword", Secret), ("linger.ms", Secret), ("client.id", "me"));
        Assert.Equal(2, two.Length);
        Assert.Contains("'sasl.pasword', which librdkafka", two[0], StringComparison.Ordinal);
        Assert.Contains("'linger.ms' with a value", two[1], StringComparison.Ordinal);
        string together = Assert.Single(Faults(("security.protocol", "sasl_plaintext"), ("sasl.mechanism", "PLAIN"), ("sasl.password", Secret)));
        Assert.Contains("sasl.username", together, StringComparison.Ordinal);
        // A producer does without; what asks for the record of the epochs is a consumer.
        Assert.Equal(exactlyOnce ? 1 : 0, Faults(("max.poll.interval.ms", "10000")).Length);
    }

    [BrokerFact]
    public async Task A_setting_that_only_the_asking_client_refuses_is_named()
    {
        string topic = await SinkBroker.TopicAsync();
        KafkaConnection connection = Sinks.Connection();
        connection.Settings["max.poll.interval.ms"] = "10000";
        var sink = KafkaTopic.Write(connection, topic, Sinks.KeyAndValue);
        using var context = new TestSinkContext(job: topic);
        var error = await Assert.ThrowsAsync<KafkaSinkException>(() => sink.CleanUpAsync(context, None).AsTask().WaitAsync(Seconds));
        Assert.Contains("'max.poll.interval.ms'", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsPermanent);
        await sink.CloseAsync(context);
        var asked = await Assert.ThrowsAsync<InvalidOperationException>(() => KafkaOffsets.ReadAsync(connection, topic, "g"));
        Assert.Contains("'max.poll.interval.ms'", asked.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(ErrorCode.UnsupportedVersion), InlineData(ErrorCode.Local_UnsupportedFeature)]
    public void Brokers_that_are_too_old_are_told_of_with_the_oldest_that_will_do(ErrorCode code)
    {
        var connection = new KafkaConnection("127.0.0.1:1");
        var errors = new SinkErrors(connection);
        string exactly = errors.Permanent("t", "id", "g", new Error(code))!.Message;
        Assert.Contains("Kafka 2.5 or newer", exactly, StringComparison.Ordinal);
        Assert.Contains("WriteAtLeastOnce", exactly, StringComparison.Ordinal);
        Assert.Contains("Kafka 0.11 or newer", errors.Permanent("t", null, null, new Error(code))!.Message, StringComparison.Ordinal);
        Assert.Contains("Kafka 0.11 or newer", KafkaErrors.Cause(connection, new Error(code)), StringComparison.Ordinal);
    }

    [Theory, InlineData(3, "another cluster"), InlineData(1, "__consumer_offsets")]
    public void A_lost_record_is_told_of_with_its_causes_and_a_remedy(long firstEpoch, string cause)
    {
        string message = RecordErrors.Lost(new KafkaConnection("127.0.0.1:1"), new RecordName("id", "t", "first"), 2, 2, firstEpoch).Message;
        foreach (string part in new[] { "epoch 2", "'id.first'", "deleted and made anew", "offsets.retention.minutes", cause, "WhenRecordLost" })
            Assert.Contains(part, message, StringComparison.Ordinal);
    }

    private static async Task FailsAsync(KafkaConnection connection, string topic, TextLog log, params string[] parts)
    {
        using var context = new TestSinkContext(logger: log);
        var exactly = KafkaTopic.Write(connection, topic, Sinks.KeyAndValue);
        Check(await Assert.ThrowsAsync<KafkaSinkException>(() => exactly.CleanUpAsync(context, None).AsTask().WaitAsync(Seconds)));
        await exactly.CloseAsync(context);

        var error = await Assert.ThrowsAsync<KafkaSinkException>(async () =>
        {
            await using DirectSinkWriter<(string, string)> writer = KafkaTopic.WriteAtLeastOnce(connection, topic, Sinks.KeyAndValue).OpenWriter(context);
            await SinkBroker.WaitAsync(() => writer.CanWrite);
            writer.Write([("a", "1")]);
        });
        Check(error);

        void Check(Exception error)
        {
            foreach (string part in parts)
                Assert.Contains(part, error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, log.Text, StringComparison.Ordinal);
        }
    }
}
