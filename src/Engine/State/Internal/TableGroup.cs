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

/// <summary>One key group's part of a table, with memory of its own so that growth moves a small part of the state at a time.</summary>
internal struct TableGroup<TKey, TValue>
{
    /// <summary>Slots taken, by living and dead entries.</summary>
    public int Used;

    /// <summary>Living entries.</summary>
    public int Live;

    /// <summary>Slots first touched in the running epoch.</summary>
    public DirtyList Dirty;

    /// <summary>Slots touched in the epoch that the snapshot in progress ends.</summary>
    public DirtyList Frozen;

    /// <summary>Living entries at the barrier.</summary>
    public int FrozenLive;

    /// <summary>How many entries the snapshot has written of this group.</summary>
    public int FrozenWritten;

    /// <summary>At most so many entries had changed at the barrier, since what the snapshot builds on.</summary>
    public int Changed;

    /// <summary>Living entries in the cold tier.</summary>
    public int Cold;

    /// <summary>Entries in the cold tier that the running epoch has changed: the dirty list knows nothing of them.</summary>
    public int Spilled;

    /// <summary>How the snapshot writes this group.</summary>
    public GroupMode Mode;

    /// <summary>Slots below this one need no copy before they change; all of them once the group is written.</summary>
    public int Walked;

    public EntryBlock<Entry<TKey, TValue>> Block;

    /// <summary>Where its entries are.</summary>
    public readonly nint Entries => Block.Address;

    /// <summary>The number of slots less one.</summary>
    public readonly int Mask => Block.Length - 1;

    public readonly int Capacity => Block.Length;
}

/// <summary>How a snapshot writes a key group.</summary>
internal enum GroupMode : byte
{
    /// <summary>Every living entry.</summary>
    Whole = 0,

    /// <summary>Not at all: nothing has changed.</summary>
    Nothing,

    /// <summary>What the dirty list names, in one go.</summary>
    Listed,

    /// <summary>What the stamps say has changed.</summary>
    Stamped,
}

/// <summary>What a look-up needs of a group, apart from the rest so that all groups' share stays in the first-level cache.</summary>
/// <param name="Entries">Where its entries are.</param>
/// <param name="Mask">The number of slots less one.</param>
internal readonly record struct GroupSlots(nint Entries, int Mask);

/// <summary>
/// The slots an epoch has changed, as long as listing them pays. Where more than an eighth of a group has changed, its
/// entries' stamps tell as well which ones, and the list is only marked as incomplete.
/// </summary>
internal struct DirtyList
{
    // Written in one go, so this bounds a pause.
    private const int MostListed = 16_384;

    private int[]? _slots;
    private int _count;
    private int _missing;

    /// <summary>Whether slots are missing from it: then the stamps tell.</summary>
    public readonly bool IsIncomplete => _missing != 0;

    /// <summary>How many slots were added, those that are missing included.</summary>
    public readonly int Total => _count + _missing;

    public readonly ReadOnlySpan<int> Slots => _slots.AsSpan(0, _count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int slot, int capacity)
    {
        int[]? slots = _slots;
        int count = _count;
        if (slots is not null && count < slots.Length)
        {
            slots[count] = slot;
            _count = count + 1;
        }
        else
        {
            AddSlowly(slot, capacity);
        }
    }

    public void Clear()
    {
        _count = 0;
        _missing = 0;
    }

    private void AddSlowly(int slot, int capacity)
    {
        if (IsIncomplete || _count > Math.Min(capacity / 8, MostListed))
        {
            _missing++;
            return;
        }

        Array.Resize(ref _slots, Math.Max(8, _count * 2));
        _slots[_count++] = slot;
    }
}
