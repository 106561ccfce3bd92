using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gristmill.Bench;

/// <summary>The sum of the hashes of rows that are nothing but two or four numbers, four rows at once.</summary>
internal static class NumberRows
{
    public static ulong SumOfPairs<TRow>(ReadOnlySpan<TRow> rows)
        where TRow : struct, IRow<TRow>
    {
        Vector256<ulong> sums = default;
        int whole = Lanes.AreFast ? rows.Length / Lanes.Count * Lanes.Count : 0;
        ReadOnlySpan<Vector256<ulong>> pairs = MemoryMarshal.Cast<TRow, Vector256<ulong>>(rows[..whole]);
        for (int i = 0; i + 1 < pairs.Length; i += 2)
        {
            Vector256<ulong> first = Avx2.UnpackLow(pairs[i], pairs[i + 1]);
            Vector256<ulong> second = Avx2.UnpackHigh(pairs[i], pairs[i + 1]);
            sums += And(And(default, first), second);
        }

        return Vector256.Sum(sums) + OneByOne(rows[whole..]);
    }

    public static ulong SumOfQuadruples<TRow>(ReadOnlySpan<TRow> rows)
        where TRow : struct, IRow<TRow>
    {
        Vector256<ulong> sums = default;
        int whole = Lanes.AreFast ? rows.Length / Lanes.Count * Lanes.Count : 0;
        ReadOnlySpan<Vector256<ulong>> four = MemoryMarshal.Cast<TRow, Vector256<ulong>>(rows[..whole]);
        for (int i = 0; i + 3 < four.Length; i += 4)
        {
            Vector256<ulong> odd = Avx2.UnpackLow(four[i], four[i + 1]);
            Vector256<ulong> even = Avx2.UnpackHigh(four[i], four[i + 1]);
            Vector256<ulong> otherOdd = Avx2.UnpackLow(four[i + 2], four[i + 3]);
            Vector256<ulong> otherEven = Avx2.UnpackHigh(four[i + 2], four[i + 3]);
            Vector256<ulong> hashes = And(default, Avx2.Permute2x128(odd, otherOdd, 0x20));
            hashes = And(hashes, Avx2.Permute2x128(even, otherEven, 0x20));
            hashes = And(hashes, Avx2.Permute2x128(odd, otherOdd, 0x31));
            sums += And(hashes, Avx2.Permute2x128(even, otherEven, 0x31));
        }

        return Vector256.Sum(sums) + OneByOne(rows[whole..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> And(Vector256<ulong> hashes, Vector256<ulong> fields)
        => Lanes.Mix((hashes << 5) - hashes + fields + Vector256.Create(Draw.PerEvent));

    private static ulong OneByOne<TRow>(ReadOnlySpan<TRow> rows)
        where TRow : struct, IRow<TRow>
    {
        ulong sum = 0;
        foreach (ref readonly TRow row in rows)
            sum += row.Hash();
        return sum;
    }
}
