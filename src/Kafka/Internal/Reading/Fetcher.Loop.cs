using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

internal sealed partial class Fetcher<T>
{
    /// <summary>After so many records requests are looked at, and what is at hand is handed over even where more follows at once.</summary>
    private const int Slice = 1024;

    private static readonly TimeSpan IdleWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan FullWait = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<TopicPartition, PartitionFeed<T>> _feeds = [];
    private readonly List<PartitionFeed<T>> _filling = [];
    private readonly HashSet<string> _topics = new(StringComparer.Ordinal);
    private readonly List<PartitionFeed<T>> _expired = [];
    private readonly Arena _key = new();
    private readonly Arena _value = new();
    private readonly Outage _outage;
    private IConsumer<Arena.Part, Arena.Part> _client = null!;
    private PartitionFeed<T>? _last;
    private long _records;
    private long _bytes;
    private long _blocks;

    private long RecordsHeld => _records - Volatile.Read(ref _recordsBack);

    private long BytesHeld => _bytes - Volatile.Read(ref _bytesBack);

    private long BlocksHeld => _blocks - Volatile.Read(ref _blocksBack);

    /// <summary>Blocks may be handed over before they are full, so they have a bound of their own.</summary>
    private int MostBlocks => _setup.Options.MaxBufferedRecords / Block<T>.Capacity * 2 + _feeds.Count * 2 + 16;

    private bool IsFull => RecordsHeld >= _setup.Options.MaxBufferedRecords || BytesHeld >= _setup.Options.MaxBufferedBytes || BlocksHeld >= MostBlocks;

    /// <summary>Gone on with half empty, so that thread and subtask don't hand over record by record.</summary>
    private bool HasRoom => RecordsHeld <= _setup.Options.MaxBufferedRecords / 2 && BytesHeld <= _setup.Options.MaxBufferedBytes / 2 && BlocksHeld <= MostBlocks / 2;

    private void Run()
    {
        try
        {
            _client = Build();
            while (!_stopping)
                Step();
        }
        catch (Exception e)
        {
            FailUntilStopped(e);
        }
        finally
        {
            Close();
        }
    }

    private IConsumer<Arena.Part, Arena.Part> Build() => new ConsumerBuilder<Arena.Part, Arena.Part>(_setup.Config(_context))
        .SetKeyDeserializer(_key)
        .SetValueDeserializer(_value)
        .SetErrorHandler((_, error) => OnClientError(error))
        .SetOffsetsCommittedHandler((_, committed) => OnCommitted(committed))
        .SetLogHandler((_, message) => ReadLog.ClientSays(_context.Logger, _context.Operator, _context.Subtask, KafkaErrors.Clean(_setup.Connection, message.Message)))
        .Build();

    private void Step()
    {
        CarryOutRequests();
        Store();
        ResolveExpired();
        FindGone();
        LookForNew();
        if (IsFull)
        {
            HandOverAll();
            WaitForRoom();
            return;
        }

        for (int i = 0; i < Slice && !IsFull; i++)
        {
            if (TakeOne(TimeSpan.Zero))
                continue;
            HandOverAll();
            _outage.Probe(_client, _feeds.Keys);
            TakeOne(IdleWait);
            return;
        }

        HandOverAll();
    }

    private void CarryOutRequests()
    {
        List<TopicPartitionOffset>? added = null;
        while (_requests.TryDequeue(out Request request))
        {
            switch (request.Verb)
            {
                case Verb.Add:
                    _feeds.Add(request.Feed.Partition, request.Feed);
                    if (_failure is not null)
                        request.Feed.Fail(_failure);
                    (added ??= []).Add(new TopicPartitionOffset(request.Feed.Partition, request.Feed.Next));
                    break;
                case Verb.Park:
                    Assign(ref added);
                    ParkFeed(request.Feed);
                    break;
                case Verb.Remove:
                    Assign(ref added);
                    RemoveFeed(request.Feed);
                    break;
                case Verb.Commit:
                    Assign(ref added);
                    if (IsKnown(request.Feed))
                        _toStore[request.Feed] = request.Offset;
                    break;
                case Verb.Watch:
                    _lookEvery = TimeSpan.FromTicks(request.Offset);
                    _lastLook = _context.Time.GetTimestamp();
                    break;
            }
        }

        Assign(ref added);
    }

    private void Assign(ref List<TopicPartitionOffset>? added)
    {
        if (added is not null)
        {
            _client.IncrementalAssign(added);
            FindLeaders(added);
        }

        added = null;
    }

    /// <summary>The client looks for the leaders of a topic it has not heard of once a second: a job that recovers can't wait for that.</summary>
    private void FindLeaders(List<TopicPartitionOffset> added)
    {
        try
        {
            foreach (string topic in added.Select(partition => partition.Topic).Where(_topics.Add))
            {
                using IAdminClient cluster = new DependentAdminClientBuilder(_client.Handle).Build();
                cluster.GetMetadata(topic, LookTimeout);
            }
        }
        catch (KafkaException e)
        {
            // Then it finds them when the brokers are back.
            _outage.OnError(e.Error);
        }
    }

    /// <summary>The client commits offsets of what is assigned to it only, so that is what it stays.</summary>
    private void ParkFeed(PartitionFeed<T> feed)
    {
        if (IsKnown(feed) && !feed.IsParked)
        {
            Empty(feed);
            _client.Pause([feed.Partition]);
        }
    }

    private void RemoveFeed(PartitionFeed<T> feed)
    {
        if (!IsKnown(feed))
            return;
        Empty(feed);
        Store();
        _toStore.Remove(feed);
        _feeds.Remove(feed.Partition);
        // What is stored and not committed yet is, by this.
        _client.IncrementalUnassign([feed.Partition]);
    }

    private bool IsKnown(PartitionFeed<T> feed) => _feeds.TryGetValue(feed.Partition, out PartitionFeed<T>? known) && known == feed;

    private void Empty(PartitionFeed<T> feed)
    {
        feed.IsParked = true;
        _filling.Remove(feed);
        _expired.Remove(feed);
        if (_last == feed)
            _last = null;
        GiveBackUnread(feed);
    }

    /// <summary>What a reader that is gone leaves would take the others' room.</summary>
    private void GiveBackUnread(PartitionFeed<T> feed)
    {
        if (feed.Filling is { } filling)
        {
            _blocks++;
            GiveBack(filling);
        }

        feed.Filling = null;
        while (feed.TryTake() is { } block)
            GiveBack(block);
    }

    private void WaitForRoom()
    {
        _waitsForRoom = true;
        // A block given back before the flag was seen has poked nobody.
        if (!HasRoom)
            WaitToBePoked(FullWait);
        while (!HasRoom && _requests.IsEmpty && !_stopping && !LookIsDue && !MayStore)
            WaitToBePoked(FullWait);
        _waitsForRoom = false;
    }

    /// <returns>False: nothing was there within the time.</returns>
    private bool TakeOne(TimeSpan wait)
    {
        ConsumeResult<Arena.Part, Arena.Part>? taken;
        try
        {
            taken = _client.Consume(wait);
        }
        catch (ConsumeException e)
        {
            OnConsumeError(e);
            return true;
        }

        if (taken is null)
            return false;
        if (FeedOf(taken.Topic, taken.Partition.Value) is not { } feed)
            return true;
        if (taken.IsPartitionEOF)
        {
            HandOver(feed);
            feed.ReachedEnd(taken.Offset.Value);
        }
        else if (taken.Offset.Value >= feed.Next)
        {
            // One before may be on its way still after the partition was set forward.
            Append(feed, taken);
        }

        return true;
    }

    private PartitionFeed<T>? FeedOf(string? topic, int partition)
    {
        // The client makes a string of each record's topic unless there is but one.
        topic ??= _setup.Topics.Only!;
        if (_last is { } last && last.Partition.Partition.Value == partition && last.Partition.Topic == topic)
            return last;
        return _feeds.TryGetValue(new TopicPartition(topic, partition), out PartitionFeed<T>? feed) && !feed.IsParked ? _last = feed : null;
    }

    private void Append(PartitionFeed<T> feed, ConsumeResult<Arena.Part, Arena.Part> taken)
    {
        Message<Arena.Part, Arena.Part> message = taken.Message;
        long offset = taken.Offset.Value;
        var record = new KafkaRecord(
            feed.Partition.Topic, feed.Partition.Partition.Value, offset, message.Timestamp,
            _key[message.Key], message.Key.IsThere, _value[message.Value], message.Value.IsThere, message.Headers);
        Block<T> block = feed.Filling ?? NewBlock(feed);
        int bytes = record.Key.Length + record.Value.Length;
        try
        {
            block.Items[block.Count] = _deserialize(in record);
        }
        catch (Exception e)
        {
            HandOver(feed);
            block = NewBlock(feed);
            block.Bad = PoisonRecord.Of(in record, e);
        }

        block.Offsets[block.Count++] = offset;
        block.Bytes += bytes;
        _records++;
        _bytes += bytes;
        feed.Next = offset + 1;
        if (block.Count == Block<T>.Capacity || block.Bad is not null)
            HandOver(feed);
    }

    private Block<T> NewBlock(PartitionFeed<T> feed)
    {
        Block<T> block = _free.TryDequeue(out Block<T>? used) ? used : new Block<T>();
        feed.Filling = block;
        _filling.Add(feed);
        return block;
    }

    private void HandOver(PartitionFeed<T> feed)
    {
        if (feed.Filling is not { } block)
            return;
        feed.Filling = null;
        _filling.Remove(feed);
        Send(feed, block);
    }

    private void HandOverAll()
    {
        foreach (PartitionFeed<T> feed in _filling)
        {
            Send(feed, feed.Filling!);
            feed.Filling = null;
        }

        _filling.Clear();
    }

    private void Send(PartitionFeed<T> feed, Block<T> block)
    {
        if (block.Count == 0)
        {
            _free.Enqueue(block);
            return;
        }

        _blocks++;
        feed.HandOver(block);
    }
}
