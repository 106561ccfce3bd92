using System.Runtime.CompilerServices;
using Gristmill.Codec;

namespace Gristmill.State;

/// <summary>A state beside the first one: an array a key group, indexed by the same slots as the table's entries.</summary>
internal abstract class StateColumn
{
    public abstract Schema Schema { get; }

    public abstract void Open(int groups);

    /// <summary>Moves the values of a group to new slots; a negative slot drops the value.</summary>
    public abstract void Move(int group, int capacity, ReadOnlySpan<int> newSlots);

    /// <summary>Says how the values to be read were written.</summary>
    public abstract void ReadAs(Schema writtenAs, Protocol.ProtocolFaults faults);

    public abstract void Write(ByteWriter writer, int group, int slot);

    public abstract void Read(ref ByteReader reader, int group, int slot);

    public abstract void Reset(int group, int slot);

    /// <summary>What a slot takes of memory, in bytes, without what the value refers to.</summary>
    public abstract int SlotBytes { get; }

    /// <summary>Whether values lie on the heap, so that a slot's size does not tell theirs.</summary>
    public abstract bool IsOnHeap { get; }

    /// <summary>Reads what <see cref="Write"/> has written in this process, whatever a snapshot was written as.</summary>
    public abstract void ReadBack(ref ByteReader reader, int group, int slot);

    /// <summary>Takes a group's values over from a column of the same state, which has none of it afterwards.</summary>
    public abstract void TakeOver(StateColumn other, int group);
}

internal sealed class StateColumn<T>(Codec<T> codec) : StateColumn
{
    private readonly Codec<T> _codec = codec;
    private Codec<T> _read = codec;

    /// <summary>One array a group; the last is the single default value of absent keys.</summary>
    public T[][] Values = [];

    public override Schema Schema => _codec.Schema;

    public override int SlotBytes => Unsafe.SizeOf<T>();

    public override bool IsOnHeap => RuntimeHelpers.IsReferenceOrContainsReferences<T>();

    public override void ReadAs(Schema writtenAs, Protocol.ProtocolFaults faults) => _read = Codecs.For<T>(writtenAs, faults);

    public override void Open(int groups)
    {
        Values = new T[groups + 1][];
        Array.Fill(Values, []);
        Values[groups] = new T[1];
    }

    public override void Move(int group, int capacity, ReadOnlySpan<int> newSlots)
    {
        T[] old = Values[group];
        var moved = new T[capacity];
        for (int slot = 0; slot < newSlots.Length; slot++)
        {
            if (newSlots[slot] >= 0)
                moved[newSlots[slot]] = old[slot];
        }

        Values[group] = moved;
    }

    public override void Write(ByteWriter writer, int group, int slot) => _codec.Write(writer, in Values[group][slot]);

    public override void Read(ref ByteReader reader, int group, int slot) => Values[group][slot] = _read.Read(ref reader);

    public override void ReadBack(ref ByteReader reader, int group, int slot) => Values[group][slot] = _codec.Read(ref reader);

    public override void Reset(int group, int slot) => Values[group][slot] = default!;

    public override void TakeOver(StateColumn other, int group)
    {
        var from = (StateColumn<T>)other;
        (Values[group], from.Values[group]) = (from.Values[group], []);
    }
}
