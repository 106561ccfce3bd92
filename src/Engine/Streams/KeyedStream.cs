using Gristmill.Graph;
using Gristmill.Operators;

namespace Gristmill;

/// <summary>A stream partitioned by a key.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="T">The record type.</typeparam>
public sealed class KeyedStream<TKey, T>
{
    internal KeyedStream(JobBuilder job, Port<T> port, KeyExtractor<T, TKey> keys)
    {
        Job = job;
        Port = port;
        Keys = keys;
    }

    internal JobBuilder Job { get; }

    internal Port<T> Port { get; }

    internal KeyExtractor<T, TKey> Keys { get; }

    /// <summary>Runs a processor with state and timers.</summary>
    /// <param name="name">The operator's name, by which its state is found after a restart or an upgrade. Unique in the job.</param>
    /// <param name="create">Makes a processor; called once a subtask, and once to learn its states.</param>
    /// <typeparam name="TOut">The output record.</typeparam>
    public OperatorStream<TOut> Process<TOut>(string name, Func<KeyedProcessor<TKey, T, TOut>> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        SingleProcessNode<TKey, T, TOut> node = Job.Add(new SingleProcessNode<TKey, T, TOut>(Port, Keys, create) { Name = name, Kind = "process" });
        return new ProcessStream<TKey, TOut>(Job, node);
    }

    /// <summary>Divides each key's records into windows of event time. The stream needs timestamps.</summary>
    public WindowedStream<TKey, T> Window(Tumbling windows)
    {
        ArgumentNullException.ThrowIfNull(windows);
        return new WindowedStream<TKey, T>(this, new WindowSettings<T>(windows.SizeMs, 0, null));
    }

    /// <summary>Reads this stream and another one together, with state shared by key.</summary>
    /// <typeparam name="TRight">The other stream's record.</typeparam>
    public ConnectedStreams<TKey, T, TRight> Connect<TRight>(KeyedStream<TKey, TRight> right)
    {
        ArgumentNullException.ThrowIfNull(right);
        return new ConnectedStreams<TKey, T, TRight>(this, right);
    }
}

/// <summary>Two streams read together by their common key.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TLeft">The first stream's record.</typeparam>
/// <typeparam name="TRight">The second stream's record.</typeparam>
public sealed class ConnectedStreams<TKey, TLeft, TRight>
{
    private readonly KeyedStream<TKey, TLeft> _left;
    private readonly KeyedStream<TKey, TRight> _right;

    internal ConnectedStreams(KeyedStream<TKey, TLeft> left, KeyedStream<TKey, TRight> right)
    {
        _left = left;
        _right = right;
    }

    /// <summary>Runs a processor with state and timers on both.</summary>
    /// <param name="name">The operator's name, by which its state is found after a restart or an upgrade. Unique in the job.</param>
    /// <param name="create">Makes a processor; called once a subtask, and once to learn its states.</param>
    /// <typeparam name="TOut">The output record.</typeparam>
    public OperatorStream<TOut> Process<TOut>(string name, Func<KeyedProcessor<TKey, TLeft, TRight, TOut>> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        DoubleProcessNode<TKey, TLeft, TRight, TOut> node = _left.Job.Add(
            new DoubleProcessNode<TKey, TLeft, TRight, TOut>(_left.Port, _left.Keys, _right.Port, _right.Keys, create) { Name = name, Kind = "process" });
        return new ProcessStream<TKey, TOut>(_left.Job, node);
    }
}

/// <summary>The output of an operator that has side outputs.</summary>
/// <typeparam name="T">The record type.</typeparam>
public abstract class OperatorStream<T> : Stream<T>
{
    internal OperatorStream(JobBuilder job, Port<T> port)
        : base(job, port)
    {
    }

    /// <summary>A side output of the operator.</summary>
    /// <param name="side">The same object that records are emitted with.</param>
    public abstract Stream<TSide> SideOutput<TSide>(SideOutput<TSide> side);
}

internal sealed class ProcessStream<TKey, TOut>(JobBuilder job, ProcessNode<TKey, TOut> node) : OperatorStream<TOut>(job, node.Output)
{
    public override Stream<TSide> SideOutput<TSide>(SideOutput<TSide> side) => new(Job, node.SidePort(side));
}

internal sealed class WindowStream<TKey, TIn, TAccumulator, TOut>(JobBuilder job, WindowNode<TKey, TIn, TAccumulator, TOut> node)
    : OperatorStream<TOut>(job, node.Output)
{
    public override Stream<TSide> SideOutput<TSide>(SideOutput<TSide> side) => new(Job, node.SidePort(side));
}
