using System.Runtime.CompilerServices;

namespace Gristmill.State;

/// <summary>
/// Points at the table entry of the current key. States read and write through it, so that a second state of the same
/// key costs no second look-up and an access costs no call. An absent key points at an empty entry outside the table:
/// reading gives defaults, and the first write finds a stamp that is not the epoch's and inserts the key.
/// </summary>
internal sealed unsafe class StateCursor
{
    /// <summary>Stamp of an entry's last change, in the low half of its control word.</summary>
    public const ulong StampMask = 0xFFFF_FFFF;

    /// <summary>The address of the entry; the table keeps its memory alive and in place.</summary>
    public nint Entry;

    /// <summary>Where in an entry its control word is, in bytes.</summary>
    public nint ControlOffset;

    /// <summary>The group's index in this subtask; the last one is the group of absent keys.</summary>
    public int Group;

    /// <summary>The entry's index in its group.</summary>
    public int Slot;

    /// <summary>The running epoch: an entry with another stamp has not yet been touched in it.</summary>
    public ulong Epoch;

    /// <summary>The table, for the slow paths.</summary>
    public required IStateTable Table;

    /// <summary>The entry's control word: stamp (32 bits), presence of each state (16), tag of the hash (16).</summary>
    public ref ulong Control
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref Unsafe.AsRef<ulong>((void*)(Entry + ControlOffset));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Field<T>(nint fieldOffset) => ref Unsafe.AsRef<T>((void*)(Entry + fieldOffset));
}

/// <summary>What states need of their table off the hot path.</summary>
internal interface IStateTable
{
    /// <summary>
    /// Makes the current entry the epoch's own before it changes: inserts it if absent, copies it aside if a snapshot
    /// still has to write it, stamps it, lists it as dirty, and marks a state as present.
    /// </summary>
    void Touch(ulong presenceBit);

    /// <summary>Takes a state's presence away; without any the entry is dead. The entry must have been touched.</summary>
    void ClearPresence(ulong presenceBit);
}
