using System.Buffers.Binary;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Gristmill.Kafka;

namespace Gristmill.KafkaCounts.Tests;

/// <summary>Topics, checkpoints and input of one test.</summary>
internal sealed class Workbench : IDisposable
{
    private const int Keys = 97;
    private const int OutPartitions = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _bootstrap;
    private readonly string _name = $"t{Guid.NewGuid():N}"[..12];
    private readonly DirectoryInfo _checkpoints = Directory.CreateTempSubdirectory("gristmill-counts-");
    private readonly long[] _counts = new long[Keys];
    private readonly long[] _sums = new long[Keys];
    private IConsumer<byte[], byte[]>? _watching;
    private int _seen;
    private int _partitions = 4;
    private long _next;

    public Workbench(string bootstrap)
    {
        _bootstrap = bootstrap;
        KafkaClient.Load();
    }

    public string In => _name + "-in";

    public string Out => _name + "-out";

    public static async Task<Workbench> CreateAsync(string bootstrap)
    {
        var bench = new Workbench(bootstrap);
        using IAdminClient admin = bench.Admin();
        await admin.CreateTopicsAsync([
            new TopicSpecification { Name = bench.In, NumPartitions = bench._partitions, ReplicationFactor = 1 },
            new TopicSpecification { Name = bench.Out, NumPartitions = OutPartitions, ReplicationFactor = 1 },
        ]);
        return bench;
    }

    public string[] Arguments(params string[] more) =>
    [
        "--bootstrap", _bootstrap, "--in", In, "--out", Out, "--group", _name, "--checkpoints", _checkpoints.FullName,
        "--interval", "100ms", "--parallelism", "2", .. more,
    ];

    public async Task GrowAsync(int partitions)
    {
        using IAdminClient admin = Admin();
        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = In, IncreaseTo = partitions }]);
        _partitions = partitions;
    }

    /// <summary>Writes records to all partitions in turn.</summary>
    public void Produce(int records)
    {
        using IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(
            new ProducerConfig { BootstrapServers = _bootstrap, EnableIdempotence = true, LingerMs = 1 }).Build();
        for (int i = 0; i < records; i++, _next++)
        {
            long key = _next % Keys;
            _counts[key]++;
            _sums[key] += _next;
            producer.Produce(new TopicPartition(In, (int)(_next % _partitions)), new Message<byte[], byte[]> { Key = BigEndian(key), Value = BigEndian(_next) });
        }

        producer.Flush(Patience);
    }

    /// <summary>How many records a reader of committed ones has found by now.</summary>
    public int OutCount()
    {
        _watching ??= OpenReader();
        while (_watching.Consume(TimeSpan.Zero) is { } result)
            _seen += result.IsPartitionEOF ? 0 : 1;
        return _seen;
    }

    /// <summary>Each key's counts are 1 to n, in this order, and the last sum is that of its values.</summary>
    public void AssertExact()
    {
        var counts = new long[Keys];
        var sums = new long[Keys];
        ReadOut((key, count, sum) =>
        {
            Assert.True(count == counts[key] + 1, string.Create(CultureInfo.InvariantCulture, $"Key {key}: after count {counts[key]} came {count}."));
            (counts[key], sums[key]) = (count, sum);
        });
        Assert.Equal(_counts, counts);
        Assert.Equal(_sums, sums);
    }

    public void Dispose()
    {
        _watching?.Dispose();
        _checkpoints.Delete(recursive: true);
    }

    private void ReadOut(Action<long, long, long> found)
    {
        using IConsumer<byte[], byte[]> reader = OpenReader();
        for (int ended = 0; ended < OutPartitions;)
        {
            ConsumeResult<byte[], byte[]>? result = reader.Consume(Patience);
            Assert.True(result is not null, "The broker gave nothing more before the end.");
            if (result.IsPartitionEOF)
                ended++;
            else
                found(Number(result.Message.Key), Number(result.Message.Value), Number(result.Message.Value.AsSpan(sizeof(long))));
        }
    }

    private IConsumer<byte[], byte[]> OpenReader()
    {
        IConsumer<byte[], byte[]> reader = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig
        {
            BootstrapServers = _bootstrap,
            GroupId = _name + "-check",
            EnableAutoCommit = false,
            AutoOffsetReset = AutoOffsetReset.Error,
            IsolationLevel = IsolationLevel.ReadCommitted,
            EnablePartitionEof = true,
            ReconnectBackoffMaxMs = 500,
        }).SetLogHandler((_, _) => { }).Build();
        reader.Assign(Enumerable.Range(0, OutPartitions).Select(partition => new TopicPartitionOffset(Out, partition, Offset.Beginning)));
        return reader;
    }

    private IAdminClient Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _bootstrap }).Build();

    private static long Number(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64BigEndian(bytes);

    private static byte[] BigEndian(long number)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }
}
