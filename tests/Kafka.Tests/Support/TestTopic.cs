using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka.Tests;

/// <summary>A topic that goes away with the test.</summary>
public sealed class TestTopic : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _bootstrap;
    private readonly IAdminClient _admin;
    private IProducer<byte[]?, byte[]?> _producer;
    private volatile Error? _refused;

    private TestTopic(string bootstrap, string name)
    {
        Assert.Null(NativeClient.WhyMissing);
        _bootstrap = bootstrap;
        Name = name;
        _admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();
        _producer = Producer();
    }

    /// <summary>A day ago: what is older than its retention a broker deletes, and what is of the future it refuses.</summary>
    public static DateTimeOffset Start { get; } = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 86_400);

    public string Name { get; }

    public static string NewName(string prefix = "t") => $"{prefix}-{Guid.NewGuid():N}";

    public static async Task<TestTopic> CreateAsync(int partitions = 1, string? name = null, string? bootstrap = null)
    {
        var topic = new TestTopic(bootstrap ?? Broker.Address, name ?? NewName());
        await topic._admin.CreateTopicsAsync([new TopicSpecification { Name = topic.Name, NumPartitions = partitions, ReplicationFactor = 1 }]);
        return topic;
    }

    /// <summary>Numbers as text, from first on, into one partition; each with a timestamp as many seconds after <see cref="Start"/>.</summary>
    public void Put(int partition, int first, int count)
    {
        for (int i = first; i < first + count; i++)
            Put(partition, i.ToString(CultureInfo.InvariantCulture), timestampMs: Start.AddSeconds(i).ToUnixTimeMilliseconds());
        Flush();
    }

    /// <summary>The same, in a transaction, whose mark follows them.</summary>
    public void PutInTransaction(int partition, int first, int count)
    {
        using IProducer<byte[]?, byte[]?> producer = new ProducerBuilder<byte[]?, byte[]?>(
            new ProducerConfig { BootstrapServers = _bootstrap, TransactionalId = NewName("tx") }).Build();
        producer.InitTransactions(Patience);
        producer.BeginTransaction();
        for (int i = first; i < first + count; i++)
            producer.Produce(new TopicPartition(Name, partition), new Message<byte[]?, byte[]?> { Value = Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture)) });
        producer.CommitTransaction(Patience);
    }

    public void Put(int partition, string? value, string? key = null, long? timestampMs = null, Headers? headers = null)
        => Put(partition, value is null ? null : Encoding.UTF8.GetBytes(value), key, timestampMs, headers);

    public void Put(int partition, byte[]? value, string? key = null, long? timestampMs = null, Headers? headers = null)
    {
        var message = new Message<byte[]?, byte[]?> { Key = key is null ? null : Encoding.UTF8.GetBytes(key), Value = value, Headers = headers };
        if (timestampMs is { } at)
            message.Timestamp = new Timestamp(at, TimestampType.CreateTime);
        _producer.Produce(new TopicPartition(Name, partition), message, report => _refused = report.Error.IsError ? report.Error : _refused);
    }

    public void Flush()
    {
        Assert.Equal(0, _producer.Flush(TimeSpan.FromSeconds(30)));
        Assert.Null(_refused);
    }

    public Task DeleteBeforeAsync(int partition, long offset)
        => _admin.DeleteRecordsAsync([new TopicPartitionOffset(Name, partition, offset)]);

    public async Task GrowAsync(int partitions)
    {
        await _admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = Name, IncreaseTo = partitions }]);
        await Wait.UntilAsync(() => _admin.GetMetadata(Name, TimeSpan.FromSeconds(10)).Topics[0].Partitions.Count == partitions, "the topic has grown");
        // One that knows the partitions there were goes on with them for a while.
        _producer.Dispose();
        _producer = Producer();
    }

    public Task DeleteAsync() => _admin.DeleteTopicsAsync([Name]);

    /// <summary>What a group has committed: negative where nothing.</summary>
    public long Committed(string group, int partition = 0)
    {
        using IConsumer<Ignore, Ignore> client = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = _bootstrap, GroupId = group }).Build();
        return client.Committed([new TopicPartition(Name, partition)], TimeSpan.FromSeconds(10))[0].Offset.Value;
    }

    public void Commit(string group, int partition, long offset)
    {
        using IConsumer<Ignore, Ignore> client = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = _bootstrap, GroupId = group }).Build();
        client.Commit([new TopicPartitionOffset(Name, partition, offset)]);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await DeleteAsync();
        }
        catch (DeleteTopicsException)
        {
            // The test has done so.
        }

        _producer.Dispose();
        _admin.Dispose();
    }

    private IProducer<byte[]?, byte[]?> Producer()
        => new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig { BootstrapServers = _bootstrap, LingerMs = 5 }).Build();
}
