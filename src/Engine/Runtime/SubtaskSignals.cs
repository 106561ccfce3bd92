namespace Gristmill.Runtime;

/// <summary>How sources and sinks have their subtask looked at again. Any thread may call it.</summary>
internal sealed class SubtaskSignals(IWaker waker, TimeProvider time)
{
    private long _wakeAtMs = long.MaxValue;

    /// <summary>When the subtask wants a step though nothing has come, in milliseconds since 1970.</summary>
    public long WakeAtMs => Volatile.Read(ref _wakeAtMs);

    public TimeProvider Time { get; } = time;

    public void Wake() => waker.Wake();

    public void WakeAt(DateTimeOffset utc)
    {
        // Rounded up: a wake-up in the same millisecond but before the time would be one for nothing.
        long at = utc.ToUnixTimeMilliseconds() + 1;
        long seen = WakeAtMs;
        while (at < seen)
        {
            long before = Interlocked.CompareExchange(ref _wakeAtMs, at, seen);
            if (before == seen)
            {
                // Only a change wakes anybody: a reader that says the same at each look would keep its worker awake.
                waker.Wake();
                break;
            }

            seen = before;
        }
    }

    public void Passed(long nowMs)
    {
        long at = WakeAtMs;
        if (at <= nowMs)
            Interlocked.CompareExchange(ref _wakeAtMs, long.MaxValue, at);
    }
}
