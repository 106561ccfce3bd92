using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Gristmill.Protocol;

namespace Gristmill.Operators;

/// <summary>Which of a part of a batch's records go to a target, as a list of their places.</summary>
internal sealed class ChosenRecords
{
    /// <summary>Records a part has at most: a place is a byte.</summary>
    public const int Most = 256;

    /// <summary>The targets looked at are a multiple of so many.</summary>
    public const int Width = 32;

    /// <summary>No target.</summary>
    public const ushort None = ushort.MaxValue;

    private const ulong EachByte = 0x0101_0101_0101_0101;

    private static readonly ulong[] s_placesOfBits = [.. Enumerable.Range(0, 256).Select(PlacesOf)];

    // Places are written by eights, however few of them there are.
    private readonly byte[] _places = new byte[Most + sizeof(ulong)];

    /// <summary>The places of a target, in order. They hold until the next call.</summary>
    /// <param name="targets">At most <see cref="Most"/>.</param>
    /// <param name="target">The one that is looked for.</param>
    public ReadOnlySpan<byte> Find(ReadOnlySpan<ushort> targets, ushort target)
    {
        Invariant.Holds(targets.Length <= Most, "a part has as many records at most as a byte has values");
        ref byte first = ref MemoryMarshal.GetArrayDataReference(_places);
        ref ulong placesOfBits = ref MemoryMarshal.GetArrayDataReference(s_placesOfBits);
        int count = 0;
        for (int from = 0; from < targets.Length; from += Width)
        {
            // Eight targets at a time and without a branch, which would be guessed wrong as often as keys are random.
            ulong places = (ulong)from * EachByte;
            for (uint mask = MaskOf(targets[from..], target); mask != 0; mask >>= 8)
            {
                uint bits = (byte)mask;
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref first, count), places + Unsafe.Add(ref placesOfBits, bits));
                count += BitOperations.PopCount(bits);
                places += 8 * EachByte;
            }
        }

        return _places.AsSpan(0, count);
    }

    /// <summary>Copies the chosen ones of a column.</summary>
    /// <param name="column">The column; every place is in it.</param>
    /// <param name="places">Places in rising order, at least one.</param>
    /// <param name="to">Where they go, one after the other.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Copy<T>(ReadOnlySpan<T> column, ReadOnlySpan<byte> places, Span<T> to)
    {
        // Keys in runs, or one key that has most records: places without a gap between them.
        if (places[^1] - places[0] == places.Length - 1)
        {
            column.Slice(places[0], places.Length).CopyTo(to);
            return;
        }

        // The last is the highest.
        Invariant.Holds(places[^1] < column.Length && places.Length <= to.Length, "records are copied from where they are to where there is room");
        ref T from = ref MemoryMarshal.GetReference(column);
        ref T first = ref MemoryMarshal.GetReference(to);
        for (int i = 0; i < places.Length; i++)
            Unsafe.Add(ref first, i) = Unsafe.Add(ref from, places[i]);
    }

    private static uint MaskOf(ReadOnlySpan<ushort> targets, ushort target)
    {
        Vector256<ushort> wanted = Vector256.Create(target);
        Vector256<ushort> first = Vector256.Equals(Vector256.Create(targets), wanted);
        Vector256<ushort> second = Vector256.Equals(Vector256.Create(targets[Vector256<ushort>.Count..]), wanted);
        return Vector256.Narrow(first, second).ExtractMostSignificantBits();
    }

    /// <summary>The places of the bits that are set, a byte each, the lowest first.</summary>
    private static ulong PlacesOf(int bits)
    {
        ulong places = 0;
        for (int bit = 0, count = 0; bit < 8; bit++)
        {
            if ((bits >> bit & 1) != 0)
                places |= (ulong)bit << (8 * count++);
        }

        return places;
    }
}
