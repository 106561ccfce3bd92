using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Gristmill.Kafka.Internal;

/// <summary>
/// Fetches for one subtask: one consumer, and a thread that asks it, makes records and deals them out to the partitions'
/// readers. It reads ahead up to a bound and then asks no more, so that the brokers hold what the job has no room for.
/// </summary>
internal sealed partial class Fetcher<T>
{
    private readonly ReadSetup _setup;
    private readonly KafkaDeserializer<T> _deserialize;
    private readonly SourceContext _context;

    private readonly ConcurrentQueue<Request> _requests = [];
    private readonly ConcurrentQueue<Block<T>> _free = [];

    // What readers have given back; what was handed over is counted by the fetcher's thread.
    private long _recordsBack;
    private long _bytesBack;
    private long _blocksBack;

    private readonly object _gate = new();
    private bool _poked;
    private volatile bool _waitsForRoom;
    private volatile bool _stopping;

    /// <param name="setup">The source.</param>
    /// <param name="deserialize">Makes records.</param>
    /// <param name="context">The subtask.</param>
    /// <param name="olderClosed">Completes when those of earlier generations have committed their last.</param>
    public Fetcher(ReadSetup setup, KafkaDeserializer<T> deserialize, SourceContext context, Task olderClosed)
    {
        _setup = setup;
        _deserialize = deserialize;
        _context = context;
        _outage = new Outage(setup.Connection, context);
        _olderClosed = olderClosed;
    }

    private enum Verb
    {
        Add,
        Park,
        Remove,
        Commit,
        Watch,
    }

    private readonly record struct Request(Verb Verb, PartitionFeed<T> Feed, long Offset = 0);

    /// <summary>How many readers and watchers share it; the source's to keep.</summary>
    public int Users { get; set; }

    /// <summary>Completes when the consumer is closed: nothing is committed by it any more.</summary>
    public Task Closed => _closed.Task;

    public void Start() => new Thread(Run) { IsBackground = true, Name = $"Kafka {_context.Operator}/{_context.Subtask}" }.Start();

    /// <summary>Has the thread close the consumer and end. Does not wait for it: a broker that is away would hold the job.</summary>
    public void Stop()
    {
        _stopping = true;
        Poke();
    }

    public void Add(PartitionFeed<T> feed) => Ask(new Request(Verb.Add, feed));

    /// <summary>Fetches no more of it; its offset can still be committed.</summary>
    public void Park(PartitionFeed<T> feed) => Ask(new Request(Verb.Park, feed));

    public void Remove(PartitionFeed<T> feed) => Ask(new Request(Verb.Remove, feed));

    /// <summary>Commits an offset to the group in the background.</summary>
    public void Commit(PartitionFeed<T> feed, long offset)
    {
        if (_setup.Options.GroupId is not null)
            Ask(new Request(Verb.Commit, feed, offset));
    }

    /// <summary>Takes an emptied block back.</summary>
    public void GiveBack(Block<T> block)
    {
        Interlocked.Add(ref _recordsBack, block.Count);
        Interlocked.Add(ref _bytesBack, block.Bytes);
        Interlocked.Increment(ref _blocksBack);
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            block.Items.AsSpan(0, block.Count).Clear();
        block.Count = 0;
        block.Bytes = 0;
        block.Bad = null;
        _free.Enqueue(block);
        if (_waitsForRoom)
            Poke();
    }

    private void Ask(Request request)
    {
        _requests.Enqueue(request);
        Poke();
    }

    private void Poke()
    {
        lock (_gate)
        {
            _poked = true;
            Monitor.Pulse(_gate);
        }
    }

    private void WaitToBePoked(TimeSpan atMost)
    {
        lock (_gate)
        {
            if (!_poked)
                Monitor.Wait(_gate, atMost);
            _poked = false;
        }
    }
}
