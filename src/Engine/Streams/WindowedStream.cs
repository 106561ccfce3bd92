using Gristmill.Graph;
using Gristmill.Operators;

namespace Gristmill;

/// <summary>A keyed stream divided into windows.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The record type.</typeparam>
public sealed class WindowedStream<TKey, T>
{
    private readonly KeyedStream<TKey, T> _stream;
    private readonly WindowSettings<T> _settings;

    internal WindowedStream(KeyedStream<TKey, T> stream, WindowSettings<T> settings)
    {
        _stream = stream;
        _settings = settings;
    }

    /// <summary>
    /// Keeps a window for some time after the watermark has passed its end: a record that comes then corrects the
    /// result, which is emitted again. Default: none is kept.
    /// </summary>
    /// <param name="lateness">0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The lateness is negative.</exception>
    public WindowedStream<TKey, T> AllowedLateness(TimeSpan lateness)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lateness, TimeSpan.Zero);
        return new WindowedStream<TKey, T>(_stream, _settings with { AllowedLatenessMs = (long)lateness.TotalMilliseconds });
    }

    /// <summary>Sends records that are too late for their window to a side output, as they were. Default: they are counted and dropped.</summary>
    public WindowedStream<TKey, T> LateTo(SideOutput<T> late)
    {
        ArgumentNullException.ThrowIfNull(late);
        return new WindowedStream<TKey, T>(_stream, _settings with { Late = late });
    }

    /// <summary>Aggregates each window as its records come; its result is emitted when the watermark passes its end.</summary>
    /// <param name="name">The operator's name, by which its state is found after a restart or an upgrade. Unique in the job.</param>
    /// <param name="aggregate">The aggregate; one object for all subtasks.</param>
    /// <typeparam name="TAccumulator">What is kept a window, a plain type.</typeparam>
    /// <typeparam name="TOut">The result.</typeparam>
    public OperatorStream<TOut> Aggregate<TAccumulator, TOut>(string name, WindowAggregate<TKey, T, TAccumulator, TOut> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        WindowNode<TKey, T, TAccumulator, TOut> node = _stream.Job.Add(
            new WindowNode<TKey, T, TAccumulator, TOut>(_stream.Port, _stream.Keys, _settings, aggregate) { Name = name, Kind = "window" });
        return new WindowStream<TKey, T, TAccumulator, TOut>(_stream.Job, node);
    }
}
