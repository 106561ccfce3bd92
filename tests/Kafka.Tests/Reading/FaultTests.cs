using System.Net;
using System.Net.Sockets;
using Confluent.Kafka;
using Gristmill.Kafka.Internal;
using Microsoft.Extensions.Logging;

namespace Gristmill.Kafka.Tests;

/// <summary>What is wrong with settings and clusters, told in time and without secrets.</summary>
public sealed class FaultTests
{
    private const string Secret = "hunter2-very-secret";

    [Fact]
    public void All_faults_come_at_once_each_with_its_setting()
    {
        var connection = new KafkaConnection("localhost:1") { StartTimeout = TimeSpan.Zero, Settings = { ["group.id"] = "g", ["no.such.setting"] = Secret, ["fetch.min.bytes"] = Secret } };
        Source<string, KafkaPosition> source = KafkaTopic.Read(connection, ["good", "b/ad"], KafkaTopic.Utf8(), o =>
        {
            o.GroupId = " ";
            o.DiscoveryInterval = TimeSpan.Zero;
            o.MaxBufferedRecords = 0;
            o.MaxBufferedBytes = 0;
            o.WhenExpired = (ExpiredOffsets)9;
            o.End = (KafkaEnd)9;
            o.Start = KafkaStart.At(DateTimeOffset.UnixEpoch.AddDays(-1));
        });
        string[] faults = [.. source.Validate()];
        foreach (string named in new[] { "StartTimeout", "'group.id'", "'no.such.setting'", "'fetch.min.bytes'", "'b/ad'", "GroupId", "DiscoveryInterval", "MaxBufferedRecords", "MaxBufferedBytes", "WhenExpired", "End is", "Start is" })
            Assert.Contains(faults, fault => fault.Contains(named, StringComparison.Ordinal));
        Assert.Equal(12, faults.Length);
        Assert.DoesNotContain(faults, fault => fault.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_that_only_together_are_wrong_are_a_fault()
    {
        var connection = new KafkaConnection("localhost:1") { Settings = { ["security.protocol"] = "sasl_plaintext", ["sasl.mechanism"] = "PLAIN", ["sasl.password"] = Secret } };
        string fault = Assert.Single(KafkaTopic.Read(connection, "t", KafkaTopic.Utf8()).Validate());
        Assert.Contains("sasl.username", fault, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, fault, StringComparison.Ordinal);
    }

    [Theory, InlineData("a(b"), InlineData("(?=a)b")]
    public void A_pattern_that_is_none_is_a_fault(string pattern)
        => Assert.Contains($"'{pattern}'", Assert.Single(KafkaTopic.ReadPattern(new KafkaConnection("localhost:1"), pattern, KafkaTopic.Utf8()).Validate()), StringComparison.Ordinal);

    [Fact]
    public void Committed_without_a_group_is_a_fault()
        => Assert.Contains("GroupId", Assert.Single(KafkaTopic.Read(new KafkaConnection("localhost:1"), "t", KafkaTopic.Utf8(), o => o.Start = KafkaStart.Committed).Validate()), StringComparison.Ordinal);

    [BrokerFact]
    public async Task A_missing_topic_is_an_error_that_is_not_tried_again()
    {
        await using TestTopic there = await TestTopic.CreateAsync();
        Source<string, KafkaPosition> source = KafkaTopic.Read(Broker.Connection, [there.Name, "no-such-topic"], KafkaTopic.Utf8());
        using var context = new ReadContext();
        JobConfigurationException error = await Assert.ThrowsAsync<JobConfigurationException>(async () => await source.DiscoverAsync(context, TestContext.Current.CancellationToken));
        string fault = Assert.Single(error.Faults);
        Assert.Contains("source 'in': there is no topic 'no-such-topic'", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unreachable_broker_is_an_error_within_the_timeout_that_names_servers_and_cause()
    {
        int port = FreePort();
        var connection = new KafkaConnection($"127.0.0.1:{port}") { StartTimeout = TimeSpan.FromSeconds(2) };
        using var context = new ReadContext();
        long started = TimeProvider.System.GetTimestamp();
        KafkaSourceException error = await Assert.ThrowsAsync<KafkaSourceException>(
            async () => await KafkaTopic.Read(connection, "t", KafkaTopic.Utf8()).DiscoverAsync(context, TestContext.Current.CancellationToken));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 1.5, 20);
        Assert.Contains($"127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
        Assert.Contains("Connection refused", error.Message, StringComparison.Ordinal);
        Assert.Contains("StartTimeout", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_that_goes_on_waits_for_an_unreachable_broker_until_it_is_stopped()
    {
        var connection = new KafkaConnection($"127.0.0.1:{FreePort()}") { StartTimeout = TimeSpan.FromSeconds(1) };
        using var context = new ReadContext(isResuming: true);
        using var stop = new CancellationTokenSource();
        ValueTask<IReadOnlyList<SourceSplit<KafkaPosition>>> discovery = KafkaTopic.Read(connection, "t", KafkaTopic.Utf8()).DiscoverAsync(context, stop.Token);
        await Wait.UntilAsync(() => context.Log.Lines.Any(line => line.Id == 7103), "a warning");
        Assert.False(discovery.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await discovery);
    }

    [Fact]
    public async Task Secrets_are_in_no_error_and_no_log()
    {
        // A broker that takes connections and repeats what it is told could not be better placed to have them said.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var connection = new KafkaConnection(listener.LocalEndpoint.ToString()!)
        {
            StartTimeout = TimeSpan.FromSeconds(2),
            Settings =
            {
                ["security.protocol"] = "sasl_plaintext",
                ["sasl.mechanism"] = "PLAIN",
                ["sasl.username"] = "some-user-name",
                ["sasl.password"] = Secret,
                ["debug"] = "all",
            },
        };
        using var context = new ReadContext();
        Source<string, KafkaPosition> source = KafkaTopic.Read(connection, "t", KafkaTopic.Utf8());
        Assert.Empty(source.Validate());
        KafkaSourceException error = await Assert.ThrowsAsync<KafkaSourceException>(async () => await source.DiscoverAsync(context, TestContext.Current.CancellationToken));
        Assert.NotEmpty(context.Log.Lines);
        Assert.All([error.ToString(), .. context.Log.Lines.Select(line => line.Text)], text =>
        {
            Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain("some-user-name", text, StringComparison.Ordinal);
        });
        Assert.DoesNotContain(context.Log.Lines, line => line.Level > LogLevel.Debug);
    }

    [BrokerFact]
    public async Task A_topic_deleted_while_it_is_read_is_an_error()
    {
        TestTopic topic = await TestTopic.CreateAsync();
        await using TestTopic _ = topic;
        topic.Put(0, 0, 10);
        var connection = new KafkaConnection(Broker.Address) { Settings = { ["topic.metadata.propagation.max.ms"] = "500", ["topic.metadata.refresh.interval.ms"] = "500" } };
        using var reads = await Reads<string>.OpenAsync(KafkaTopic.Read(connection, topic.Name, KafkaTopic.Utf8()));
        reads.Until(10);
        await topic.DeleteAsync();
        KafkaSourceException error = Assert.Throws<KafkaSourceException>(() => reads.Until(11));
        Assert.Contains(topic.Name, error.Message, StringComparison.Ordinal);
        Assert.Contains("was deleted", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ErrorCode.Local_Authentication, "sasl.password")]
    [InlineData(ErrorCode.UnsupportedSaslMechanism, "security.protocol")]
    [InlineData(ErrorCode.TopicAuthorizationFailed, "READ")]
    public void A_refusal_names_the_setting_to_mend_and_no_value(ErrorCode code, string named)
    {
        var connection = new KafkaConnection("localhost:1") { Settings = { ["sasl.password"] = "17", ["sasl.username"] = "eve-at-work", ["sasl.mechanism"] = "PLAIN" } };
        string cause = KafkaErrors.Cause(connection, new Error(code, "eve-at-work may not sign in with 17 by PLAIN"));
        Assert.Contains(named, cause, StringComparison.Ordinal);
        Assert.DoesNotContain("17", cause, StringComparison.Ordinal);
        Assert.DoesNotContain("eve", cause, StringComparison.Ordinal);
        Assert.True(KafkaErrors.IsRefusal(code));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
