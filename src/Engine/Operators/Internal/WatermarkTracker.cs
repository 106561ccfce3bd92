using System.Runtime.CompilerServices;

namespace Gristmill.Operators;

/// <param name="OutOfOrderMs">By how much a record's time may lie behind the newest seen.</param>
/// <param name="IdleAfterMs">After how long without records an input stops holding the watermark back; null: never.</param>
internal sealed record WatermarkOptions(long OutOfOrderMs, long? IdleAfterMs);

/// <summary>The inputs of a subtask that watermarks are kept apart for: a source's splits, or channels.</summary>
internal sealed class SplitSet
{
    private readonly List<(bool Begun, bool Ended)> _splits = [];

    public int Count => _splits.Count;

    public int Add()
    {
        _splits.Add(default);
        return _splits.Count - 1;
    }

    public void Begin(int split) => _splits[split] = (true, _splits[split].Ended);

    public void End(int split) => _splits[split] = (true, true);

    /// <summary>Whether it is read. One whose turn has not come holds the watermark, however long it waits.</summary>
    public bool HasBegun(int split) => _splits[split].Begun;

    public bool HasEnded(int split) => _splits[split].Ended;
}

/// <summary>
/// Makes watermarks out of timestamps: of each input the newest time seen, less the bound; of several inputs the lowest,
/// so that a file or partition which is behind is waited for. An input that is idle or has ended does not count.
/// </summary>
internal sealed class WatermarkTracker(WatermarkOptions options, SplitSet? splits, TimeProvider time) : ChainOperator
{
    private long[] _newest = [NoWatermark];
    private long[] _lastSeenMs = [0];
    private long _newestHere = NoWatermark;
    private int _split;
    private long _nextIdleCheckMs = long.MaxValue;

    public override long NextProcessingTime => _nextIdleCheckMs;

    public void Select(int split)
    {
        _split = splits is null ? 0 : split;
        EnsureSplits();
        _newestHere = _newest[_split];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Observe(long timestamp)
    {
        if (timestamp > _newestHere)
            _newestHere = timestamp;
    }

    public void Store()
    {
        _newest[_split] = _newestHere;
        if (options.IdleAfterMs is { } idleAfter)
        {
            _lastSeenMs[_split] = Now();
            _nextIdleCheckMs = Math.Min(_nextIdleCheckMs, _lastSeenMs[_split] + idleAfter);
        }
    }

    public override bool AdvanceWatermark(long watermark, bool idle)
    {
        WatermarkIn = watermark;
        if (watermark == EndOfTime)
        {
            WatermarkOut = EndOfTime;
            IsIdle = false;
            return true;
        }

        long lowest = Lowest(out bool anyActive);
        IsIdle = !anyActive;
        if (anyActive && lowest != NoWatermark)
            WatermarkOut = Math.Max(WatermarkOut, lowest - options.OutOfOrderMs);
        return true;
    }

    public override bool FireProcessingTime(long nowMs)
    {
        if (nowMs < _nextIdleCheckMs)
            return true;
        _nextIdleCheckMs = long.MaxValue;
        for (int i = 0; i < _newest.Length; i++)
        {
            long idleAt = _lastSeenMs[i] + options.IdleAfterMs!.Value;
            if (idleAt > nowMs)
                _nextIdleCheckMs = Math.Min(_nextIdleCheckMs, idleAt);
        }

        return true;
    }

    public override void OnRestored() => StartIdleClock();

    /// <summary>Counts an input that never delivers anything as idle after the time, too.</summary>
    public void StartIdleClock()
    {
        if (options.IdleAfterMs is not { } idleAfter)
            return;
        EnsureSplits();
        long now = Now();
        Array.Fill(_lastSeenMs, now);
        _nextIdleCheckMs = now + idleAfter;
    }

    private long Lowest(out bool anyActive)
    {
        EnsureSplits();
        long lowest = long.MaxValue;
        anyActive = false;
        long now = options.IdleAfterMs is null ? 0 : Now();
        for (int i = 0; i < _newest.Length; i++)
        {
            if (splits is not null && (i >= splits.Count || splits.HasEnded(i)))
                continue;
            bool isRead = splits is null || splits.HasBegun(i);
            if (isRead && options.IdleAfterMs is { } idleAfter && now - _lastSeenMs[i] >= idleAfter)
                continue;
            anyActive = true;
            lowest = Math.Min(lowest, _newest[i]);
        }

        return lowest;
    }

    private void EnsureSplits()
    {
        int count = splits is null ? 1 : Math.Max(1, splits.Count);
        int known = _newest.Length;
        if (known >= count)
            return;
        Array.Resize(ref _newest, count);
        Array.Resize(ref _lastSeenMs, count);
        _newest.AsSpan(known).Fill(NoWatermark);
        _lastSeenMs.AsSpan(known).Fill(options.IdleAfterMs is null ? 0 : Now());
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
