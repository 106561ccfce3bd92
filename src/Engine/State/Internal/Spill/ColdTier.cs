namespace Gristmill.State;

/// <summary>
/// The entries of a table that are in its log. Records are never changed where they lie, and one that goes to the log after
/// a barrier has an address above the log's end at the barrier: so the addresses say what a snapshot has a claim on.
/// </summary>
internal sealed class ColdTier : IDisposable
{
    /// <summary>How many records are read at once.</summary>
    public const int ReadAtOnce = 256;

    private readonly ColdGroup[] _groups;
    private readonly Queue<(uint Epoch, long Tail)> _barriers = [];
    private readonly ReadOnlyMemory<byte>[] _records = new ReadOnlyMemory<byte>[ReadAtOnce];
    private long _sinceTail;
    private long _living;
    private long _bytes;

    public ColdTier(ISpillLog log, int groups)
    {
        Log = log;
        _groups = new ColdGroup[groups];
        for (int group = 0; group < groups; group++)
            _groups[group] = new ColdGroup();
    }

    /// <summary>Closes the log of a table nobody disposed of: a job that was dropped, not closed.</summary>
    ~ColdTier() => Log.Dispose();

    public ISpillLog Log { get; }

    /// <summary>The log's end at the barrier of the snapshot in progress.</summary>
    public long FrozenTail { get; private set; }

    /// <summary>The log's end at the barrier of the checkpoint that snapshot builds on: what lies below has not changed since.</summary>
    public long FrozenSinceTail { get; private set; }

    /// <summary>What the snapshot has yet to read of the group it is at; null: it has not looked.</summary>
    public long[]? Walk { get; set; }

    /// <summary>How many of these it has read.</summary>
    public int Walked { get; set; }

    /// <summary>Records of the log's oldest part, while what lives of them is moved.</summary>
    public List<LogRecord> Oldest { get; } = [];

    /// <summary>What the index takes of memory, in bytes.</summary>
    public long IndexBytes => _groups.Sum(group => group.Bytes);

    /// <summary>Entries in the log, deletions included.</summary>
    public long Count => _living;

    public ColdGroup this[int group] => _groups[group];

    /// <summary>Counts a record as living, or no longer.</summary>
    public void Note(int records, long bytes)
    {
        _living += records;
        _bytes += bytes;
    }

    public void Freeze(uint epoch, bool isRemembered)
    {
        FrozenTail = Log.Tail;
        FrozenSinceTail = _sinceTail;
        if (isRemembered)
            _barriers.Enqueue((epoch, FrozenTail));
        Walk = null;
        foreach (ColdGroup group in _groups)
            group.Written = 0;
    }

    public void EndSnapshot()
    {
        Walk = null;
        foreach (ColdGroup group in _groups)
            group.IsClaimed = false;
    }

    public void Committed(uint epoch)
    {
        while (_barriers.TryPeek(out (uint Epoch, long Tail) barrier) && barrier.Epoch <= epoch)
            _sinceTail = _barriers.Dequeue().Tail;
    }

    /// <summary>Whether the snapshot in progress has to write an entry, as far as its address tells.</summary>
    public bool IsFrozen(ColdEntry entry, GroupMode mode)
        => entry.Address < FrozenTail && (mode == GroupMode.Whole ? !entry.IsDead : entry.IsChanged && entry.Address >= FrozenSinceTail);

    /// <summary>Whether an entry is a deletion that a committed checkpoint has told.</summary>
    public bool IsTold(ColdEntry entry) => entry.IsDead && entry.Address < _sinceTail;

    /// <summary>Forgets deletions that a committed checkpoint has told.</summary>
    public void DropTold(ColdGroup group)
    {
        if (group.Dead == 0)
            return;
        foreach ((uint hash, ColdEntry entry) in group.Select(IsTold))
        {
            group.Remove(hash, entry.Address);
            Note(-1, -_bytes / _living);
        }
    }

    /// <summary>Reads at most <see cref="ReadAtOnce"/> records. Valid until the next call.</summary>
    public ReadOnlySpan<ReadOnlyMemory<byte>> Read(ReadOnlySpan<long> addresses)
    {
        Log.Read(addresses, _records.AsSpan(0, addresses.Length));
        return _records.AsSpan(0, addresses.Length);
    }

    /// <summary>Whether half of the log and more is garbage; then what lives in its oldest part is to be moved.</summary>
    public bool MustCompact => Log.Tail - Log.Begin > (2 * _bytes) + Log.LeastGarbage;

    public void Dispose()
    {
        Log.Dispose();
        GC.SuppressFinalize(this);
    }
}
