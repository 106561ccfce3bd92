using System.Runtime.CompilerServices;
using Gristmill.Operators;

namespace Gristmill;

/// <summary>What a processor may ask and do for the current key. Times are milliseconds since 1970-01-01 UTC.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TOut">The output record.</typeparam>
public sealed class ProcessorContext<TKey, TOut>
{
    private readonly ITimers _timers;
    private readonly Emitter<TOut> _output;
    private readonly SideOutputs _sides;
    private readonly TimeProvider _time;

    internal ProcessorContext(ITimers timers, Emitter<TOut> output, SideOutputs sides, TimeProvider time)
    {
        _timers = timers;
        _output = output;
        _sides = sides;
        _time = time;
    }

    /// <summary>The current key.</summary>
    public TKey Key { get; internal set; } = default!;

    /// <summary>The record's event time, or the time the timer was set for. Meaningless on a stream without timestamps.</summary>
    public long Timestamp { get; internal set; }

    /// <summary>No record with an earlier event time is still to come, except late ones; <see cref="long.MinValue"/> before the first.</summary>
    public long Watermark { get; internal set; }

    /// <summary>The host's clock.</summary>
    public long ProcessingTime => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Hands a record on, with the current timestamp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Emit(in TOut record) => _output.Emit(in record, Timestamp);

    /// <summary>Hands a record on to a side output, with the current timestamp. Where nobody reads that, it goes nowhere.</summary>
    public void Emit<TSide>(SideOutput<TSide> side, in TSide record) => _sides.Of(side).Emit(in record, Timestamp);

    /// <summary>Sets a timer for the current key. One that is set already stays one.</summary>
    /// <param name="kind">Which clock it goes by.</param>
    /// <param name="time">When; in the past means as soon as can be.</param>
    public void SetTimer(TimerKind kind, long time) => _timers.Set(kind, time);

    /// <summary>Takes back a timer of the current key; one that isn't set is no error.</summary>
    public void DeleteTimer(TimerKind kind, long time) => _timers.Delete(kind, time);
}
