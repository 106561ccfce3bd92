using System.Buffers.Binary;
using Gristmill.Kafka;

namespace Gristmill.Samples.KafkaCounts;

/// <summary>Counts and sums what comes for each key, and writes every update.</summary>
internal sealed class RunningCounts(Settings settings) : IJob
{
    private static readonly TimeSpan LookForPartitions = TimeSpan.FromSeconds(5);

    public void Build(JobBuilder job)
    {
        var kafka = new KafkaConnection(settings.Bootstrap);
        job
            .From("in", KafkaTopic.Read(kafka, settings.In, Item.Read, options =>
            {
                options.GroupId = settings.Group;
                options.DiscoveryInterval = LookForPartitions;
            }))
            .KeyBy((in i) => i.Key)
            .Process("counts", () => new Counter())
            .To("out", KafkaTopic.Write<Update>(kafka, settings.Out, Update.Write, options => options.TransactionalId = $"{settings.Group}-{settings.Out}"));
    }
}

/// <summary>A record of the input.</summary>
internal readonly record struct Item(long Key, long Value)
{
    /// <summary>Key and value are big-endian, 8 bytes each. What is not is a bad record, whose reason is the exception's message.</summary>
    public static Item Read(in KafkaRecord record)
    {
        if (record.Key.Length != sizeof(long) || record.Value.Length != sizeof(long))
            throw new FormatException($"The key has {record.Key.Length} bytes and the value {record.Value.Length}; both must have 8, a big-endian number.");
        return new Item(BinaryPrimitives.ReadInt64BigEndian(record.Key), BinaryPrimitives.ReadInt64BigEndian(record.Value));
    }
}

/// <summary>How many records of a key there were, and the sum of their values.</summary>
internal readonly record struct Update(long Key, long Count, long Sum)
{
    public static void Write(in Update update, KafkaRecordBuilder to)
    {
        Span<byte> bytes = stackalloc byte[3 * sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, update.Key);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], update.Count);
        BinaryPrimitives.WriteInt64BigEndian(bytes[16..], update.Sum);
        to.Key(bytes[..8]);
        to.Value(bytes[8..]);
    }
}

/// <summary>What is kept of a key.</summary>
internal record struct Total(long Count, long Sum);
