using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

internal sealed partial class Fetcher<T>
{
    private readonly FoundSplits _found = new();
    private readonly HashSet<TopicPartition> _seen = [];
    private TimeSpan? _lookEvery;
    private long _lastLook;
    private bool _lookFails;

    private bool LookIsDue => _lookEvery is { } every && _context.Time.GetElapsedTime(_lastLook) >= every;

    /// <summary>Has it look for new partitions now and then. Called before it has anything else to do.</summary>
    public FoundSplits Watch(TimeSpan every)
    {
        Ask(new Request(Verb.Watch, null!, every.Ticks));
        return _found;
    }

    private void LookForNew()
    {
        if (!LookIsDue)
            return;
        _lastLook = _context.Time.GetTimestamp();
        try
        {
            Look();
            _lookFails = false;
        }
        catch (KafkaException e)
        {
            if (KafkaErrors.IsTransient(e.Error.Code))
                _outage.OnError(e.Error);
            else if (!_lookFails)
                ReadLog.WatchFails(_context.Logger, _context.Operator, _context.Subtask, KafkaErrors.Cause(_setup.Connection, e.Error));
            _lookFails = true;
        }
    }

    private void Look()
    {
        using IAdminClient cluster = new DependentAdminClientBuilder(_client.Handle).Build();
        List<TopicPartition> found = [];
        foreach (TopicMetadata topic in _setup.Topics.Ask(cluster, LookTimeout))
        {
            if (topic.Error.IsError)
                continue;
            found.AddRange(topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition.PartitionId)).Where(IsNewHere));
        }

        if (found.Count == 0)
            return;
        foreach ((TopicPartition partition, long first) in Offsets.At(_client, found, Offsets.First, LookTimeout))
        {
            _seen.Add(partition);
            _found.Add(new SourceSplit<KafkaPosition>(SplitId.Of(partition), new KafkaPosition(first, null)));
            if (!_feeds.ContainsKey(partition))
                ReadLog.Found(_context.Logger, _context.Operator, _context.Subtask, SplitId.Of(partition), first);
        }

        _context.Wake();
    }

    private bool IsNewHere(TopicPartition partition)
        => !_seen.Contains(partition) && SplitId.OwnerOf(SplitId.Of(partition), _context.Parallelism) == _context.Subtask;
}
