using Gristmill.Codec;
using Gristmill.Runtime;
using Gristmill.State;

namespace Gristmill.Operators;

internal interface ITimers
{
    void Set(TimerKind kind, long time);

    void Delete(TimerKind kind, long time);
}

/// <summary>
/// The timers of one kind. What is set lies in a table like any other keyed state, so snapshots and change tracking are
/// the same; the queue that orders them is derived from it. A deleted timer is only found missing when its turn comes.
/// </summary>
internal sealed class TimerQueue<TKey>
{
    private readonly KeyedTable<ScopedKey<TKey>, NoState, ScopedKeyHash<TKey>> _table;
    private const int WorthSweeping = 1024;

    // After a change of parallelism some may be in it that are no longer set, and some twice.
    private PriorityQueue<ScopedKey<TKey>, long> _queue = new();
    private bool _isPrepared;
    private int _dead;

    public TimerQueue(TableOptions options)
        => _table = new KeyedTable<ScopedKey<TKey>, NoState, ScopedKeyHash<TKey>>(options, Codecs.For<ScopedKey<TKey>>(), null);

    /// <summary>When the next one may be due.</summary>
    public long NextTime => _queue.TryPeek(out _, out long time) ? time : long.MaxValue;

    public KeyedTable<ScopedKey<TKey>, NoState, ScopedKeyHash<TKey>> Table => _table;

    public void Set(in TKey key, long time)
    {
        var timer = new ScopedKey<TKey> { Key = key, Scope = time };
        _table.GetForUpdate(in timer, ScopedKeyHash<TKey>.Hash(in timer), out bool added);
        if (added)
            _queue.Enqueue(timer, time);
    }

    public void Delete(in TKey key, long time)
    {
        var timer = new ScopedKey<TKey> { Key = key, Scope = time };
        if (_table.Remove(in timer, ScopedKeyHash<TKey>.Hash(in timer)) && ++_dead > WorthSweeping && _dead > _queue.Count / 2)
            Sweep();
    }

    /// <summary>Timers that were deleted long before their time would pile up.</summary>
    private void Sweep()
    {
        var living = new HashSet<ScopedKey<TKey>>(new SameTimer());
        var kept = new List<(ScopedKey<TKey>, long)>();
        foreach ((ScopedKey<TKey> timer, long time) in _queue.UnorderedItems)
        {
            // Deleted and set again, it is in the queue twice.
            if (_table.Contains(in timer, ScopedKeyHash<TKey>.Hash(in timer)) && living.Add(timer))
                kept.Add((timer, time));
        }

        _queue.Clear();
        _queue.EnqueueRange(kept);
        _dead = 0;
    }

    /// <summary>Takes the next timer whose time is at or before <paramref name="now"/>.</summary>
    public bool TryTakeDue(long now, out ScopedKey<TKey> timer)
    {
        while (_queue.TryPeek(out timer, out long time) && time <= now)
        {
            _queue.Dequeue();
            if (_table.Remove(in timer, ScopedKeyHash<TKey>.Hash(in timer)))
                return true;
        }

        timer = default;
        return false;
    }

    public void TakeOver(TimerQueue<TKey> prepared)
    {
        _table.TakeOver(prepared._table);
        (_queue, prepared._queue) = (prepared._queue, _queue);
        _isPrepared = true;
    }

    public void Restore(StateRestore restore)
    {
        if (_isPrepared)
        {
            _table.BeginArrivals();
            restore.Load(_table);
            foreach (ScopedKey<TKey> timer in _table.EndArrivals())
                _queue.Enqueue(timer, timer.Scope);
            return;
        }

        restore.Load(_table);
    }

    /// <summary>All blocks of the table are loaded: orders what is in it.</summary>
    public void OnRestored()
    {
        if (_isPrepared)
            return;
        _table.ForEachKey((timer, _) => _queue.Enqueue(timer, timer.Scope));
        _isPrepared = true;
    }

    private sealed class SameTimer : IEqualityComparer<ScopedKey<TKey>>
    {
        public bool Equals(ScopedKey<TKey> x, ScopedKey<TKey> y) => ScopedKeyHash<TKey>.AreEqual(in x, in y);

        public int GetHashCode(ScopedKey<TKey> obj) => (int)ScopedKeyHash<TKey>.Hash(in obj);
    }
}
