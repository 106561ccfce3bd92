using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>Reads one partition out of what the subtask's fetcher has at hand.</summary>
internal sealed class KafkaSplitReader<T> : SplitReader<T, KafkaPosition>
{
    private readonly Fetcher<T> _fetcher;
    private readonly PartitionFeed<T> _feed;
    private readonly SourceContext _context;
    private readonly Action<SourceContext> _leave;
    private readonly bool _tellsGroup;
    private readonly long _end;
    private KafkaPosition _position;
    private Block<T>? _block;
    private int _taken;
    private bool _left;

    public KafkaSplitReader(Fetcher<T> fetcher, TopicPartition partition, KafkaPosition position, SourceContext context, Action<SourceContext> leave, bool tellsGroup)
    {
        _fetcher = fetcher;
        _feed = new PartitionFeed<T>(partition, position.Offset, context);
        _position = position;
        _end = position.End ?? long.MaxValue;
        _context = context;
        _leave = leave;
        _tellsGroup = tellsGroup;
        // One that has nothing to read still has an end to tell of.
        if (position.Offset < _end || tellsGroup)
            fetcher.Add(_feed);
        if (position.Offset >= _end)
            fetcher.Park(_feed);
    }

    public override KafkaPosition Position => _position;

    public override bool WantsCommitted => _tellsGroup;

    public override ReadStatus Read(Batch<T> batch)
    {
        ReadStatus status = ReadOn(batch);
        if (status == ReadStatus.Ended)
            LeaveOff();
        return status;
    }

    public override void OnCommitted(KafkaPosition position) => _fetcher.Commit(_feed, position.Offset);

    protected override void Dispose(bool disposing)
    {
        if (!_left)
        {
            _left = true;
            if (_block is not null)
                GiveBack(_block);
            _fetcher.Remove(_feed);
            _leave(_context);
        }

        base.Dispose(disposing);
    }

    private ReadStatus ReadOn(Batch<T> batch)
    {
        while (!batch.IsFull)
        {
            if (_position.Offset >= _end)
                return ReadStatus.Ended;
            _block ??= batch.Count == 0 ? _feed.TakeOrBeWoken() : _feed.TryTake();
            if (_block is null)
                return batch.Count == 0 ? WhenNothingIsThere() : ReadStatus.Ready;
            Take(batch, _block);
        }

        return ReadStatus.Ready;
    }

    /// <summary>Nothing more is read: what is at hand would take the other partitions' room.</summary>
    private void LeaveOff()
    {
        if (_block is not null)
            GiveBack(_block);
        _fetcher.Park(_feed);
    }

    private ReadStatus WhenNothingIsThere()
    {
        // The last offsets may bear no record: transactions' marks, or what compaction took out.
        long reached = Math.Min(_feed.Reached, _end);
        if (reached <= _position.Offset)
            return ReadStatus.Pending;
        if ((_block = _feed.TryTake()) is not null)
            return ReadStatus.Ready;
        _position = _position with { Offset = reached };
        return reached == _end ? ReadStatus.Ended : ReadStatus.Pending;
    }

    private void Take(Batch<T> batch, Block<T> block)
    {
        if (block.Bad is { } bad)
        {
            long offset = block.Offsets[0];
            GiveBack(block);
            _position = _position with { Offset = Math.Min(offset + 1, _end) };
            if (offset < _end)
                _context.ReportBadRecord(bad);
            return;
        }

        int count = Math.Min(block.Count - _taken, batch.Capacity - batch.Count);
        int beforeEnd = CountBeforeEnd(block.Offsets.AsSpan(_taken, count));
        block.Items.AsSpan(_taken, beforeEnd).CopyTo(batch.Unfilled);
        batch.Advance(beforeEnd);
        _taken += count;
        _position = _position with { Offset = beforeEnd < count ? _end : block.Offsets[_taken - 1] + 1 };
        if (_taken == block.Count)
            GiveBack(block);
    }

    private int CountBeforeEnd(ReadOnlySpan<long> offsets)
    {
        if (offsets[^1] < _end)
            return offsets.Length;
        int at = offsets.BinarySearch(_end);
        return at < 0 ? ~at : at;
    }

    private void GiveBack(Block<T> block)
    {
        _block = null;
        _taken = 0;
        _fetcher.GiveBack(block);
    }
}
