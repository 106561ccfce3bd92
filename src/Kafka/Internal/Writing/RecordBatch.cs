using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>
/// Hands staged records to librdkafka many at a time, from where they lie: one by one through the managed client each costs
/// two arrays, a topic's name converted, and the locks of a call. For records without headers and times of their own; the others
/// go by <see cref="RecordProducer"/>.
/// </summary>
/// <remarks>The function and its struct are as they have been since librdkafka 0.8.</remarks>
internal sealed unsafe partial class RecordBatch : IDisposable
{
    private const string Library = "librdkafka";
    private const int Capacity = 1024;
    private const int CopyValue = 0x2;
    private const int UsePartition = 0x8;

    // What stands for an empty part: a null pointer is a null.
    private static readonly byte[] Empty = GC.AllocateArray<byte>(1, pinned: true);

    private readonly SafeHandle _client;
    private readonly nint _topic;
    private readonly NativeRecord* _records;
    private int _count;

    static RecordBatch() => _ = NativeClient.WhyMissing;

    private RecordBatch(SafeHandle client, nint topic)
    {
        _client = client;
        _topic = topic;
        _records = (NativeRecord*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(NativeRecord));
    }

    /// <summary>How many are not handed over yet.</summary>
    public int Count => _count;

    public bool IsFull => _count == Capacity;

    /// <summary>Opens one for a producer and a topic; null: this client does not say what librdkafka knows it by.</summary>
    public static RecordBatch? Open(IClient producer, string topic)
    {
        PropertyInfo? native = typeof(Handle).GetProperty("LibrdkafkaHandle", BindingFlags.Instance | BindingFlags.NonPublic);
        if (native?.GetValue(producer.Handle) is not SafeHandle client)
            return null;
        bool isHeld = false;
        client.DangerousAddRef(ref isHeld);
        nint opened = rd_kafka_topic_new(client.DangerousGetHandle(), topic, 0);
        if (opened != 0)
            return new RecordBatch(client, opened);
        client.DangerousRelease();
        return null;
    }

    /// <summary>Takes a record, whose bytes must stay where they are until it is sent.</summary>
    public void Add(scoped in FrameReader record)
    {
        ref NativeRecord to = ref _records[_count++];
        to = default;
        to.Partition = record.Partition;
        to.Value = At(record.HasValue, record.Value);
        to.ValueLength = (nuint)record.Value.Length;
        to.Key = At(record.HasKey, record.Key);
        to.KeyLength = (nuint)record.Key.Length;
    }

    /// <summary>Hands over what was taken, in order.</summary>
    /// <returns>False: the client's queue is full; what is left is to be sent again.</returns>
    /// <exception cref="KafkaException">The client refuses a record.</exception>
    public bool TrySend()
    {
        if (_count == 0 || rd_kafka_produce_batch(_topic, -1, CopyValue | UsePartition, _records, _count) == _count)
        {
            _count = 0;
            return true;
        }

        int left = 0;
        for (int i = 0; i < _count; i++)
        {
            var error = (ErrorCode)_records[i].Error;
            if (error == ErrorCode.NoError)
                continue;
            if (error != ErrorCode.Local_QueueFull)
                throw new KafkaException(error);

            // Behind the first that finds the queue full, so do all.
            _records[left] = _records[i];
            _records[left++].Error = 0;
        }

        _count = left;
        return left == 0;
    }

    public void Dispose()
    {
        rd_kafka_topic_destroy(_topic);
        _client.DangerousRelease();
        NativeMemory.Free(_records);
    }

    private static byte* At(bool isThere, ReadOnlySpan<byte> bytes)
    {
        ref byte at = ref bytes.Length == 0 ? ref Empty[0] : ref MemoryMarshal.GetReference(bytes);
        return isThere ? (byte*)Unsafe.AsPointer(ref at) : null;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct NativeRecord
    {
        public int Error;
        public nint Topic;
        public int Partition;
        public byte* Value;
        public nuint ValueLength;
        public byte* Key;
        public nuint KeyLength;
        public long Offset;
        public nint Private;
    }

#pragma warning disable SA1300, IDE1006 // They are librdkafka's names.
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint rd_kafka_topic_new(nint client, string topic, nint config);

    [LibraryImport(Library)]
    private static partial void rd_kafka_topic_destroy(nint topic);

    [LibraryImport(Library)]
    private static partial int rd_kafka_produce_batch(nint topic, int partition, int flags, NativeRecord* records, int count);
#pragma warning restore SA1300, IDE1006
}
