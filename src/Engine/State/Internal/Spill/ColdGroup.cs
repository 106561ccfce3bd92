using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Gristmill.Protocol;

namespace Gristmill.State;

/// <summary>
/// Which entries of a key group are in the log, and where: open addressing over half a hash and an address, 12 bytes a
/// slot. It grows by a quarter, so that a cold entry costs 15 to 19 bytes of memory whatever its size.
/// </summary>
internal sealed class ColdGroup
{
    private const ulong DeadBit = 1UL << 63;
    private const ulong ChangedBit = 1UL << 62;
    private const ulong AddressMask = ChangedBit - 1;
    private const int Step = 20;
    private const int FullOfStep = 16;

    private Slot[] _slots = [];

    /// <summary>Entries in the log, those that only tell of a deletion included.</summary>
    public int Count { get; private set; }

    /// <summary>Entries that only tell of a deletion.</summary>
    public int Dead { get; private set; }

    /// <summary>What it takes of memory.</summary>
    public long Bytes => (long)_slots.Length * Unsafe.SizeOf<Slot>();

    /// <summary>Whether the snapshot in progress has not yet noted which of these entries are its own.</summary>
    public bool IsClaimed { get; set; }

    /// <summary>How many of these entries the snapshot has written.</summary>
    public int Written { get; set; }

    public void Add(ulong hash, ColdEntry entry)
    {
        if (Count + 1 > _slots.Length / Step * FullOfStep)
            Resize(Math.Max(_slots.Length + Step, checked(_slots.Length + (_slots.Length / 4)) / Step * Step));
        Place(new Slot((uint)hash, (ulong)entry.Address | (entry.IsDead ? DeadBit : 0) | (entry.IsChanged ? ChangedBit : 0)));
        Count++;
        Dead += entry.IsDead ? 1 : 0;
    }

    /// <summary>Asks the processor for the cache line a search for the hash begins in.</summary>
    public unsafe void Prefetch(ulong hash)
    {
        if (Sse.IsSupported && Count != 0)
            Sse.Prefetch0(Unsafe.AsPointer(ref _slots[HomeOf((uint)hash)]));
    }

    /// <summary>Adds the addresses at which a key with this hash may be; nearly always none or one.</summary>
    public void Find(ulong hash, List<long> found)
    {
        if (Count == 0)
            return;
        for (int slot = HomeOf((uint)hash); !_slots[slot].IsFree; slot = Next(slot))
        {
            if (_slots[slot].Hash == (uint)hash)
                found.Add((long)(_slots[slot].Value & AddressMask));
        }
    }

    /// <summary>Whether an entry with this hash lies at the address.</summary>
    public bool TryGet(ulong hash, long address, out ColdEntry entry)
    {
        int slot = SlotOf((uint)hash, address);
        entry = slot < 0 ? default : Read(_slots[slot]);
        return slot >= 0;
    }

    /// <summary>Forgets an entry.</summary>
    public void Remove(ulong hash, long address)
    {
        int hole = SlotOf((uint)hash, address);
        Invariant.Holds(hole >= 0, "what is in the log is in its index");
        Dead -= Read(_slots[hole]).IsDead ? 1 : 0;
        for (int slot = Next(hole); !_slots[slot].IsFree; slot = Next(slot))
        {
            // One that may not lie before its home stays; the others close the gap, or a search would end at it.
            int home = HomeOf(_slots[slot].Hash);
            if (hole <= slot ? home > hole && home <= slot : home > hole || home <= slot)
                continue;
            _slots[hole] = _slots[slot];
            hole = slot;
        }

        _slots[hole] = default;
        Count--;
        if (Count < _slots.Length / Step * (FullOfStep / 2))
            Resize(Count == 0 ? 0 : Math.Max(Step, _slots.Length * 3 / 4 / Step * Step));
    }

    /// <summary>The entry lies elsewhere now.</summary>
    public void Move(ulong hash, long from, long to)
    {
        ref Slot slot = ref _slots[SlotOf((uint)hash, from)];
        slot = new Slot(slot.Hash, (slot.Value & ~AddressMask) | (ulong)to);
    }

    /// <summary>All entries a question is answered yes for, with half their hashes.</summary>
    public List<(uint Hash, ColdEntry Entry)> Select(Func<ColdEntry, bool> isWanted)
    {
        var selected = new List<(uint, ColdEntry)>();
        foreach (Slot slot in _slots)
        {
            if (!slot.IsFree && Read(slot) is var entry && isWanted(entry))
                selected.Add((slot.Hash, entry));
        }

        return selected;
    }

    private static ColdEntry Read(Slot slot) => new((long)(slot.Value & AddressMask), (slot.Value & DeadBit) != 0, (slot.Value & ChangedBit) != 0);

    private int SlotOf(uint hash, long address)
    {
        if (Count == 0)
            return -1;
        for (int slot = HomeOf(hash); !_slots[slot].IsFree; slot = Next(slot))
        {
            if (_slots[slot].Hash == hash && (_slots[slot].Value & AddressMask) == (ulong)address)
                return slot;
        }

        return -1;
    }

    private void Resize(int capacity)
    {
        Slot[] old = _slots;
        _slots = capacity == 0 ? [] : new Slot[capacity];
        foreach (Slot slot in old)
        {
            if (!slot.IsFree)
                Place(slot);
        }
    }

    private void Place(Slot placed)
    {
        int slot = HomeOf(placed.Hash);
        while (!_slots[slot].IsFree)
            slot = Next(slot);
        _slots[slot] = placed;
    }

    /// <summary>By the product's upper half, since the number of slots is no power of two.</summary>
    private int HomeOf(uint hash) => (int)(((ulong)hash * (ulong)_slots.Length) >> 32);

    private int Next(int slot) => slot + 1 == _slots.Length ? 0 : slot + 1;

    /// <summary>Half a hash, and an address with two bits above it; an address is never 0.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private readonly struct Slot(uint hash, ulong value)
    {
        public readonly uint Hash = hash;
        public readonly ulong Value = value;

        public bool IsFree => Value == 0;
    }
}

/// <summary>An entry in the log.</summary>
/// <param name="Address">Where.</param>
/// <param name="IsDead">Whether it only tells of a deletion.</param>
/// <param name="IsChanged">Whether, when it went there, it had changed since the newest committed checkpoint.</param>
internal readonly record struct ColdEntry(long Address, bool IsDead, bool IsChanged);
