using System.Buffers.Binary;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Gristmill.KafkaBench;

/// <summary>The two topics of a measurement, which are new, and what is written to and read from them.</summary>
internal sealed class Topics(string bootstrap) : IDisposable
{
    public const int Partitions = 4;

    private readonly string _name = $"bench-{Guid.NewGuid():N}"[..14];

    public string In => _name + "-in";

    public string Out => _name + "-out";

    public string Group => _name;

    public DirectoryInfo Checkpoints { get; } = Directory.CreateTempSubdirectory("gristmill-kafka-bench-");

    public async Task CreateAsync()
    {
        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).Build();
        await admin.CreateTopicsAsync(new[] { In, Out }.Select(name => new TopicSpecification { Name = name, NumPartitions = Partitions, ReplicationFactor = 1 }));
    }

    public IProducer<byte[], byte[]> OpenProducer(double lingerMs)
        => new ProducerBuilder<byte[], byte[]>(new ProducerConfig
        {
            BootstrapServers = bootstrap,
            LingerMs = lingerMs,
            EnableDeliveryReports = false,
            QueueBufferingMaxMessages = 2_000_000,
        }).Build();

    /// <summary>Reads what is committed, of all partitions from their beginning.</summary>
    public IConsumer<byte[], byte[]> OpenReader()
    {
        IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrap,
            GroupId = _name + "-reader",
            EnableAutoCommit = false,
            IsolationLevel = IsolationLevel.ReadCommitted,
            EnablePartitionEof = true,
            FetchWaitMaxMs = 10,
        }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(Out, partition, Offset.Beginning)));
        return consumer;
    }

    public void Write(IProducer<byte[], byte[]> producer, long key, long value)
    {
        var message = new Message<byte[], byte[]> { Key = BigEndian(key), Value = BigEndian(value) };
        while (true)
        {
            try
            {
                producer.Produce(new TopicPartition(In, (int)(value % Partitions)), message);
                return;
            }
            catch (ProduceException<byte[], byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                producer.Poll(TimeSpan.FromMilliseconds(10));
            }
        }
    }

    public static long Number(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64BigEndian(bytes);

    public void Dispose() => Checkpoints.Delete(recursive: true);

    private static byte[] BigEndian(long number)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }
}
