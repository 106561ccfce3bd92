using Gristmill.Graph;
using Gristmill.Operators;

namespace Gristmill;

/// <summary>A stream of records. Operators on it make new streams; a stream may be read any number of times.</summary>
/// <typeparam name="T">The record type.</typeparam>
public class Stream<T>
{
    internal Stream(JobBuilder job, Port<T> port)
    {
        Job = job;
        Port = port;
    }

    internal JobBuilder Job { get; }

    internal Port<T> Port { get; }

    /// <summary>Makes each record into another.</summary>
    public Stream<TOut> Select<TOut>(Func<T, TOut> selector) => Step("select", new SelectStep<T, TOut, ByValue<T, TOut>>(new(selector)));

    /// <summary>Makes each record into another, reading it in place.</summary>
    public Stream<TOut> Select<TOut>(RecordFunc<T, TOut> selector) => Step("select", new SelectStep<T, TOut, ByReference<T, TOut>>(new(selector)));

    /// <summary>Keeps the records that match.</summary>
    public Stream<T> Where(Func<T, bool> predicate) => Step("where", new WhereStep<T, ByValue<T, bool>>(new(predicate)));

    /// <summary>Keeps the records that match, reading them in place.</summary>
    public Stream<T> Where(RecordFunc<T, bool> predicate) => Step("where", new WhereStep<T, ByReference<T, bool>>(new(predicate)));

    /// <summary>Makes each record into any number of others.</summary>
    public Stream<TOut> SelectMany<TOut>(Func<T, IEnumerable<TOut>> selector)
        => Step("select many", new SelectManyStep<T, TOut, ByValue<T, IEnumerable<TOut>>>(new(selector)));

    /// <summary>Reads this stream and others of the same type as one. Order is kept within each.</summary>
    public Stream<T> Union(params Stream<T>[] others)
    {
        ArgumentNullException.ThrowIfNull(others);
        UnionNode<T> node = Job.Add(new UnionNode<T>(others.Prepend(this).Select(stream => stream.Port)) { Kind = "union" });
        return new Stream<T>(Job, node.Output);
    }

    /// <summary>Says where a record's event time is: milliseconds since 1970-01-01 UTC. Makes the stream's watermark.</summary>
    /// <param name="timestamp">The record's time.</param>
    /// <param name="outOfOrder">By how much a record may lie behind the newest one seen and still be in time; 0 or more.</param>
    /// <param name="idleAfter">After how long without records an input no longer holds the watermark back; null (default): never.</param>
    /// <exception cref="ArgumentOutOfRangeException">A duration is negative.</exception>
    public Stream<T> WithTimestamps(RecordFunc<T, long> timestamp, TimeSpan outOfOrder = default, TimeSpan? idleAfter = null)
        => Timestamps(new ByReference<T, long>(timestamp), outOfOrder, idleAfter);

    /// <inheritdoc cref="WithTimestamps(RecordFunc{T, long}, TimeSpan, TimeSpan?)"/>
    public Stream<T> WithTimestamps(Func<T, long> timestamp, TimeSpan outOfOrder = default, TimeSpan? idleAfter = null)
        => Timestamps(new ByValue<T, long>(timestamp), outOfOrder, idleAfter);

    /// <summary>Says where a record's event time is. A time without a zone is taken as UTC.</summary>
    /// <inheritdoc cref="WithTimestamps(RecordFunc{T, long}, TimeSpan, TimeSpan?)"/>
    public Stream<T> WithTimestamps(RecordFunc<T, DateTime> timestamp, TimeSpan outOfOrder = default, TimeSpan? idleAfter = null)
        => Timestamps(new EventTimes.ByReference<T>(timestamp), outOfOrder, idleAfter);

    /// <summary>Says where a record's event time is. A time without a zone is taken as UTC.</summary>
    /// <inheritdoc cref="WithTimestamps(RecordFunc{T, long}, TimeSpan, TimeSpan?)"/>
    public Stream<T> WithTimestamps(Func<T, DateTime> timestamp, TimeSpan outOfOrder = default, TimeSpan? idleAfter = null)
        => Timestamps(new EventTimes.ByValue<T>(timestamp), outOfOrder, idleAfter);

    /// <summary>Says where a record's event time is.</summary>
    /// <inheritdoc cref="WithTimestamps(RecordFunc{T, long}, TimeSpan, TimeSpan?)"/>
    public Stream<T> WithTimestamps(Func<T, DateTimeOffset> timestamp, TimeSpan outOfOrder = default, TimeSpan? idleAfter = null)
    {
        ArgumentNullException.ThrowIfNull(timestamp);
        return Timestamps(new ByValue<T, long>(record => timestamp(record).ToUnixTimeMilliseconds()), outOfOrder, idleAfter);
    }

    /// <summary>
    /// Partitions the stream by a key: state and windows behind it are the key's own. The function must say the same for a
    /// record each time it is asked, and neither the record nor the key may change once it is emitted; where that is noticed, the job fails.
    /// </summary>
    /// <param name="key">The key of a record.</param>
    /// <typeparam name="TKey">A plain type with equality by value.</typeparam>
    public KeyedStream<TKey, T> KeyBy<TKey>(Func<T, TKey> key) => new(Job, Port, new KeyExtractor<T, TKey, ByValue<T, TKey>>(new(key)));

    /// <inheritdoc cref="KeyBy{TKey}(Func{T, TKey})"/>
    public KeyedStream<TKey, T> KeyBy<TKey>(RecordFunc<T, TKey> key) => new(Job, Port, new KeyExtractor<T, TKey, ByReference<T, TKey>>(new(key)));

    /// <summary>Writes the stream to a sink.</summary>
    /// <param name="name">The operator's name, by which its staged output is found after a restart. Unique in the job.</param>
    /// <param name="sink">Where the records go.</param>
    public SinkHandle To(string name, Sink<T> sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return new SinkHandle(Job.Add(new SinkNode<T>(Port, sink) { Name = name, Kind = "sink" }));
    }

    /// <summary>Sets how many subtasks the operator that made this stream has; else the job's, or its input's.</summary>
    /// <param name="parallelism">1 up to the job's key groups.</param>
    public Stream<T> WithParallelism(int parallelism)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parallelism, 1);
        Port.Node.OwnParallelism = parallelism;
        return this;
    }

    private Stream<T> Timestamps<TFunc>(TFunc timestamp, TimeSpan outOfOrder, TimeSpan? idleAfter)
        where TFunc : struct, IRecordFunc<T, long>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outOfOrder, TimeSpan.Zero);
        if (idleAfter is { } idle)
            ArgumentOutOfRangeException.ThrowIfLessThan(idle, TimeSpan.FromMilliseconds(1), nameof(idleAfter));
        var options = new WatermarkOptions((long)outOfOrder.TotalMilliseconds, (long?)idleAfter?.TotalMilliseconds);
        return Step("timestamps", new TimestampStep<T, TFunc>(timestamp, options));
    }

    private Stream<TOut> Step<TOut>(string kind, FusedStep<T, TOut> step)
        => new(Job, Job.Add(new StepNode<T, TOut>(Port, step) { Kind = kind }).Output);
}

/// <summary>A stream read from a source.</summary>
/// <typeparam name="T">The record type.</typeparam>
public sealed class SourceStream<T> : Stream<T>
{
    private readonly SourceNode<T> _node;

    internal SourceStream(JobBuilder job, SourceNode<T> node)
        : base(job, node.Output)
        => _node = node;

    /// <summary>Chooses what happens to input that can't be made into a record. Default: <see cref="BadRecordPolicy.Fail"/>.</summary>
    public SourceStream<T> OnBadRecord(BadRecordPolicy policy)
    {
        _node.BadRecords = policy;
        return this;
    }

    /// <summary>Sends input that can't be made into a record to a stream of its own.</summary>
    public SourceStream<T> DeadLetters(out Stream<BadRecord> deadLetters)
    {
        _node.BadRecords = BadRecordPolicy.DeadLetter;
        deadLetters = new Stream<BadRecord>(Job, _node.DeadLetters);
        return this;
    }
}

/// <summary>A sink in the job.</summary>
public sealed class SinkHandle
{
    private readonly SinkNode _node;

    internal SinkHandle(SinkNode node) => _node = node;

    /// <summary>Sets how many subtasks the sink has; else as many as its input.</summary>
    /// <param name="parallelism">1 up to the job's key groups.</param>
    public void WithParallelism(int parallelism)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(parallelism, 1);
        _node.OwnParallelism = parallelism;
    }
}
