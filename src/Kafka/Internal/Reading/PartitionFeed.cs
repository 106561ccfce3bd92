using System.Collections.Concurrent;
using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>A partition on its way from the fetcher's thread to the subtask that reads it.</summary>
internal sealed class PartitionFeed<T>(TopicPartition partition, long next, SourceContext context)
{
    private readonly ConcurrentQueue<Block<T>> _ready = [];
    private int _readerWaits;
    private volatile Exception? _error;
    private long _reached = -1;

    public TopicPartition Partition => partition;

    /// <summary>The fetcher's: the offset after the last record appended.</summary>
    public long Next { get; set; } = next;

    /// <summary>The fetcher's: records that are not handed over yet.</summary>
    public Block<T>? Filling { get; set; }

    /// <summary>The fetcher's: whether nothing more is read of it.</summary>
    public bool IsParked { get; set; }

    /// <summary>The offset at which a look found no more. -1: none has.</summary>
    public long Reached => Volatile.Read(ref _reached);

    public void HandOver(Block<T> block)
    {
        _ready.Enqueue(block);
        WakeReader();
    }

    /// <summary>The reader gets it after what is handed over already.</summary>
    public void Fail(Exception error)
    {
        _error ??= error;
        WakeReader();
    }

    public void ReachedEnd(long offset)
    {
        Volatile.Write(ref _reached, offset);
        WakeReader();
    }

    /// <summary>What is read next may be before it.</summary>
    public void ForgetEnd() => Volatile.Write(ref _reached, -1);

    public Block<T>? TryTake() => _ready.TryDequeue(out Block<T>? block) ? block : null;

    /// <summary>Takes a block, or sees to it that the subtask is woken for the next.</summary>
    /// <exception cref="Exception">The partition can't be read on.</exception>
    public Block<T>? TakeOrBeWoken()
    {
        if (TryTake() is { } block)
            return block;
        Interlocked.Exchange(ref _readerWaits, 1);
        Exception? error = _error;
        // Looked at again: it may have come before the fetcher could see that it is waited for.
        if (TryTake() is { } late)
            return late;
        return error is null ? null : throw error;
    }

    private void WakeReader()
    {
        if (Interlocked.Exchange(ref _readerWaits, 0) == 1)
            context.Wake();
    }
}
