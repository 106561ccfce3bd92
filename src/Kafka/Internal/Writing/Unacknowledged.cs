using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>The records between two barriers that the brokers have not all acknowledged yet.</summary>
internal sealed class Unacknowledged
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for the barrier that has not come yet.
    private long _pending = 1;

    public Unacknowledged(Action<Unacknowledged, DeliveryReport<byte[], byte[]>> onReport) => Handler = report => onReport(this, report);

    /// <summary>What the client calls for each record, on its own thread.</summary>
    public Action<DeliveryReport<byte[], byte[]>> Handler { get; }

    public Task All => _all.Task;

    public void Add() => Interlocked.Increment(ref _pending);

    public void Remove()
    {
        if (Interlocked.Decrement(ref _pending) == 0)
            _all.TrySetResult();
    }

    public void Fail(Exception error)
    {
        _all.TrySetException(error);
        // Whoever awaits it sees it; where nobody does it must not come up as unobserved.
        _ = _all.Task.Exception;
    }
}
