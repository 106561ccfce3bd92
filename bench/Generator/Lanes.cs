using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gristmill.Bench;

/// <summary>
/// The arithmetic of <see cref="Draw"/> on four numbers at once: what the C compiler makes of the floor's loops by
/// itself, and the JIT does not.
/// </summary>
internal static class Lanes
{
    /// <summary>How many numbers at once.</summary>
    public const int Count = 4;

    /// <summary>Whether it is faster than one by one. Where it is not, nothing here is called.</summary>
    public static bool AreFast => Avx2.IsSupported;

    /// <summary>The draws of four events begin here, the first of them from <paramref name="start"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Starts(ulong start)
        => Vector256.Create(start) + unchecked(Vector256.Create(0, Draw.PerEvent, 2 * Draw.PerEvent, 3 * Draw.PerEvent));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Number(Vector256<ulong> starts, ulong k) => Mix(starts + Vector256.Create(k * Draw.PerDraw));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Mix(Vector256<ulong> z)
    {
        z ^= z >> 30;
        z = Multiply(z, Draw.FirstFactor);
        z ^= z >> 27;
        z = Multiply(z, Draw.SecondFactor);
        return z ^ (z >> 31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Pick(Vector256<ulong> random, long below)
        => Pick(random, Vector256.Create((ulong)below));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Price(Vector256<ulong> random)
    {
        Vector256<ulong> least = Avx2.ShiftLeftLogicalVariable(Vector256<ulong>.One, Pick(random, 20));
        return LowProduct(least + Pick(Mix(random), least), Vector256.Create(100ul));
    }

    /// <summary>Lane by lane the first if the chance (less than 2^31) is more than 0, else the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Choose(Vector256<ulong> chance, Vector256<ulong> ifMore, Vector256<ulong> ifZero)
        => Avx2.BlendVariable(ifMore, ifZero, Vector256.Equals(chance, Vector256<ulong>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Pick(Vector256<ulong> random, Vector256<ulong> below) => LowProduct(random >> 33, below) >> 31;

    /// <summary>The product of the numbers' low halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> LowProduct(Vector256<ulong> left, Vector256<ulong> right) => Avx2.Multiply(left.AsUInt32(), right.AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Multiply(Vector256<ulong> numbers, ulong factor)
    {
        Vector256<ulong> low = Vector256.Create(factor);
        Vector256<ulong> crossed = LowProduct(numbers >> 32, low) + LowProduct(numbers, Vector256.Create(factor >> 32));
        return LowProduct(numbers, low) + (crossed << 32);
    }
}
