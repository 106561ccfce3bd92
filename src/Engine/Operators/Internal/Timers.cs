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
    private readonly PriorityQueue<ScopedKey<TKey>, long> _queue = new();

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
        _table.Remove(in timer, ScopedKeyHash<TKey>.Hash(in timer));
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

    public void Restore(StateRestore restore)
        => restore.Load(_table, (timer, _) => _queue.Enqueue(timer, timer.Scope));
}
