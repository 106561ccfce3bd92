using System.Buffers;
using System.Text;
using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka;

/// <summary>Turns a record into Kafka's key, value, headers, timestamp and partition.</summary>
/// <param name="record">The record.</param>
/// <param name="to">Takes what it becomes; empty when the call begins, and not to be kept after it.</param>
/// <typeparam name="T">The record type.</typeparam>
public delegate void KafkaSerializer<T>(in T record, KafkaRecordBuilder to);

/// <summary>
/// Takes one record's parts, in any order, each at most once except headers. What isn't given: the key is null, the value is null (a tombstone), the timestamp is the time
/// of writing, the partition is the partitioner's choice. One is used for all records of a subtask and allocates nothing for them.
/// </summary>
public sealed class KafkaRecordBuilder
{
    private readonly PartBuffer _parts = new();
    private readonly List<(string Name, int Start, int Length)> _headers = [];
    private readonly (int Start, int Length)?[] _halves = new (int Start, int Length)?[2];
    private Half? _open;

    internal KafkaRecordBuilder()
    {
    }

    private enum Half
    {
        Key,
        Value,
    }

    internal long TimestampMs { get; private set; }

    internal int? ChosenPartition { get; private set; }

    internal bool HasKey => _halves[(int)Half.Key] is not null;

    internal bool HasValue => _halves[(int)Half.Value] is not null;

    internal ReadOnlySpan<byte> KeyBytes => Bytes(_halves[(int)Half.Key]);

    internal ReadOnlySpan<byte> ValueBytes => Bytes(_halves[(int)Half.Value]);

    internal int HeaderCount => _headers.Count;

    /// <summary>Sets the key.</summary>
    public void Key(ReadOnlySpan<byte> key) => Set(Half.Key, key);

    /// <summary>Sets the key to a text in UTF-8.</summary>
    public void KeyUtf8(ReadOnlySpan<char> key) => SetUtf8(Half.Key, key);

    /// <summary>The key as a buffer to write to, until the next call of any other member.</summary>
    public IBufferWriter<byte> KeyWriter() => Begin(Half.Key);

    /// <summary>Sets the value.</summary>
    public void Value(ReadOnlySpan<byte> value) => Set(Half.Value, value);

    /// <summary>Sets the value to a text in UTF-8.</summary>
    public void ValueUtf8(ReadOnlySpan<char> value) => SetUtf8(Half.Value, value);

    /// <summary>The value as a buffer to write to, until the next call of any other member.</summary>
    public IBufferWriter<byte> ValueWriter() => Begin(Half.Value);

    /// <summary>Adds a header; a name may come more than once.</summary>
    public void Header(string name, ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(name);
        End();
        _headers.Add((name, _parts.Length, value.Length));
        _parts.Write(value);
    }

    /// <summary>Adds a header whose value is null, which is not the same as empty.</summary>
    public void NullHeader(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        End();
        _headers.Add((name, 0, -1));
    }

    /// <summary>Sets the timestamp, to the millisecond.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not after the first millisecond of 1970.</exception>
    public void Timestamp(DateTimeOffset timestamp)
    {
        long ms = timestamp.ToUnixTimeMilliseconds();
        // The client takes 0 for "now".
        ArgumentOutOfRangeException.ThrowIfLessThan(ms, 1, nameof(timestamp));
        TimestampMs = ms;
    }

    /// <summary>Sets the partition, from 0.</summary>
    public void Partition(int partition)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        ChosenPartition = partition;
    }

    /// <summary>Fills in one record, from the start.</summary>
    internal void Take<T>(KafkaSerializer<T> serialize, in T record)
    {
        _parts.Clear();
        _headers.Clear();
        Array.Clear(_halves);
        (_open, TimestampMs, ChosenPartition) = (null, 0, null);
        serialize(in record, this);
        End();
    }

    internal (string Name, int Length) HeaderAt(int index) => (_headers[index].Name, _headers[index].Length);

    internal ReadOnlySpan<byte> HeaderBytes(int index) => Bytes((_headers[index].Start, Math.Max(0, _headers[index].Length)));

    /// <summary>What Kafka counts, but for a few bytes of framing.</summary>
    internal int SizeInBytes()
    {
        int size = KeyBytes.Length + ValueBytes.Length;
        foreach ((string name, _, int length) in _headers)
            size += Encoding.UTF8.GetByteCount(name) + Math.Max(0, length);
        return size;
    }

    private ReadOnlySpan<byte> Bytes((int Start, int Length)? part) => part is { } at ? _parts.Written.Slice(at.Start, at.Length) : [];

    private void Set(Half half, ReadOnlySpan<byte> bytes)
    {
        Begin(half).Write(bytes);
        End();
    }

    private void SetUtf8(Half half, ReadOnlySpan<char> text)
    {
        Encoding.UTF8.GetBytes(text, Begin(half));
        End();
    }

    private PartBuffer Begin(Half half)
    {
        End();
        if (_halves[(int)half] is not null)
            throw new InvalidOperationException($"The record's {(half == Half.Key ? "key" : "value")} is set already.");
        _open = half;
        _halves[(int)half] = (_parts.Length, 0);
        return _parts;
    }

    private void End()
    {
        if (_open is { } open && _halves[(int)open] is { } half)
            _halves[(int)open] = (half.Start, _parts.Length - half.Start);
        _open = null;
    }
}
