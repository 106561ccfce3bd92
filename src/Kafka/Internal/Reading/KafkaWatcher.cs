namespace Gristmill.Kafka.Internal;

/// <summary>Hands over the partitions that a subtask's fetcher has found.</summary>
internal sealed class KafkaWatcher(FoundSplits found, Action leave) : SplitWatcher<KafkaPosition>
{
    private bool _left;

    public override IReadOnlyList<SourceSplit<KafkaPosition>> TakeFound() => found.Take();

    protected override void Dispose(bool disposing)
    {
        if (!_left)
            leave();
        _left = true;
        base.Dispose(disposing);
    }
}

/// <summary>Partitions on their way from the thread that found them to the subtask.</summary>
internal sealed class FoundSplits
{
    private readonly Lock _gate = new();
    private List<SourceSplit<KafkaPosition>> _found = [];
    private volatile bool _any;

    public void Add(SourceSplit<KafkaPosition> split)
    {
        lock (_gate)
            _found.Add(split);
        _any = true;
    }

    /// <summary>Asked before each batch, so nothing found must cost nothing.</summary>
    public IReadOnlyList<SourceSplit<KafkaPosition>> Take()
    {
        if (!_any)
            return [];
        lock (_gate)
        {
            _any = false;
            List<SourceSplit<KafkaPosition>> taken = _found;
            _found = [];
            return taken;
        }
    }
}
