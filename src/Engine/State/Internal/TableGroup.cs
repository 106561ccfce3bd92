using System.Runtime.CompilerServices;

namespace Gristmill.State;

/// <summary>An entry of a table: key, first state and control word side by side, so that a look-up that finds its key misses the cache once.</summary>
internal struct Entry<TKey, TValue>
{
    public TKey Key;
    public TValue Value;

    /// <summary>Stamp (32 bits), presence (16), tag (16); 0 is a free slot. See <see cref="StateCursor.Control"/>.</summary>
    public ulong Control;
}

/// <summary>One key group's part of a table, with its own array so that growth moves a small part of the state at a time.</summary>
internal struct TableGroup<TKey, TValue>
{
    public Entry<TKey, TValue>[] Entries;

    /// <summary>Slots taken, by living and dead entries.</summary>
    public int Used;

    /// <summary>Living entries.</summary>
    public int Live;

    /// <summary>Slots first touched in the running epoch.</summary>
    public DirtyList Dirty;

    /// <summary>Slots touched in the epoch that the snapshot in progress ends.</summary>
    public DirtyList Frozen;

    /// <summary>Living entries at the barrier: what the snapshot must write of this group.</summary>
    public int FrozenLive;

    /// <summary>How many of them are written.</summary>
    public int FrozenWritten;

    /// <summary>Slots below this one need no copy before they change; all of them once the group is written.</summary>
    public int Walked;
}

/// <summary>A growing list of slots.</summary>
internal struct DirtyList
{
    private int[]? _slots;

    public int Count { get; private set; }

    public readonly ReadOnlySpan<int> Slots => _slots.AsSpan(0, Count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int slot)
    {
        int[]? slots = _slots;
        int count = Count;
        if (slots is null || count == slots.Length)
            slots = Grow();
        slots[count] = slot;
        Count = count + 1;
    }

    public void Clear() => Count = 0;

    private int[] Grow()
    {
        Array.Resize(ref _slots, Math.Max(8, Count * 2));
        return _slots;
    }
}
