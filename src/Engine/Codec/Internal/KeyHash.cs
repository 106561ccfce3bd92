using System.Runtime.CompilerServices;

namespace Gristmill.Codec.Internal;

/// <summary>The hashes of single values. Key groups are kept by them: KeyHashTests pins them, and they never change.</summary>
internal static class KeyHash
{
    public const ulong Null = 0x8E9D_5A3B_1C6F_7042;
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    /// <summary>
    /// One step of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014; constants of
    /// Stafford's variant 13): every bit in changes each bit out with probability one half, and no two inputs meet.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong value)
    {
        value += Golden;
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }

    /// <summary>Adds a member's hash to those before it; their order counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Combine(ulong hash, ulong member) => Mix(hash ^ member);

    /// <summary>Whether <see cref="Direct"/> takes the type: anything that isn't made of other values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsDirect<T>() =>
        typeof(T) == typeof(long) || typeof(T) == typeof(ulong) || typeof(T) == typeof(int) || typeof(T) == typeof(uint)
        || typeof(T) == typeof(short) || typeof(T) == typeof(ushort) || typeof(T) == typeof(sbyte) || typeof(T) == typeof(byte)
        || typeof(T) == typeof(string) || typeof(T) == typeof(char) || typeof(T) == typeof(bool) || typeof(T).IsEnum
        || typeof(T) == typeof(double) || typeof(T) == typeof(float) || typeof(T) == typeof(Half) || typeof(T) == typeof(decimal)
        || typeof(T) == typeof(Guid) || typeof(T) == typeof(Int128) || typeof(T) == typeof(UInt128)
        || typeof(T) == typeof(DateTime) || typeof(T) == typeof(DateTimeOffset) || typeof(T) == typeof(DateOnly)
        || typeof(T) == typeof(TimeOnly) || typeof(T) == typeof(TimeSpan);

    /// <summary>Hashes a value of a type that <see cref="IsDirect"/>. Integers of all widths by their value, so that widening a key moves none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Direct<T>(in T key)
    {
        if (typeof(T) == typeof(long) || typeof(T) == typeof(ulong) || typeof(T) == typeof(TimeSpan) || typeof(T) == typeof(TimeOnly))
            return Mix(As<T, ulong>(in key));
        if (typeof(T) == typeof(int) || typeof(T) == typeof(DateOnly))
            return Mix((ulong)As<T, int>(in key));
        if (typeof(T) == typeof(short))
            return Mix((ulong)As<T, short>(in key));
        if (typeof(T) == typeof(sbyte))
            return Mix((ulong)As<T, sbyte>(in key));
        if (typeof(T) == typeof(string))
            return StringHash.Of(As<T, string?>(in key));
        if (typeof(T) == typeof(double))
            return OfDouble(As<T, double>(in key));
        if (typeof(T) == typeof(float))
            return OfDouble(As<T, float>(in key));
        if (typeof(T) == typeof(Half))
            return OfDouble((double)As<T, Half>(in key));
        if (typeof(T) == typeof(decimal))
            return OfDecimal(As<T, decimal>(in key));
        if (typeof(T) == typeof(DateTime))
            return Mix((ulong)As<T, DateTime>(in key).Ticks);
        if (typeof(T) == typeof(DateTimeOffset))
            return Mix((ulong)As<T, DateTimeOffset>(in key).UtcTicks);
        return OfBits(in key);
    }

    // What is left is its bits: unsigned numbers, char, bool, enums of any width, and the types of 16 bytes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong OfBits<T>(in T key) => Unsafe.SizeOf<T>() switch
    {
        1 => Mix(As<T, byte>(in key)),
        2 => Mix(As<T, ushort>(in key)),
        4 => Mix(As<T, uint>(in key)),
        8 => Mix(As<T, ulong>(in key)),
        // Mixed one after the other: the two halves swapped are another key.
        _ => Combine(Mix(As<T, ulong>(in key)), Unsafe.Add(ref Unsafe.As<T, ulong>(ref Unsafe.AsRef(in key)), 1)),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TTo As<T, TTo>(in T key) => Unsafe.As<T, TTo>(ref Unsafe.AsRef(in key));

    /// <summary>Equal numbers have equal hashes: zero has two forms, NaN has many.</summary>
    private static ulong OfDouble(double value)
    {
        if (value == 0)
            return Mix(0);
        return Mix(double.IsNaN(value) ? 0x7FF8_0000_0000_0000 : BitConverter.DoubleToUInt64Bits(value));
    }

    /// <summary>1.0m equals 1.00m, so zeros at the end don't count.</summary>
    private static ulong OfDecimal(decimal value)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        var digits = new UInt128((uint)parts[2], ((ulong)(uint)parts[1] << 32) | (uint)parts[0]);
        if (digits == 0)
            return Mix(0);
        var scale = (parts[3] >> 16) & 0xFF;
        while (scale > 0 && digits % 10 == 0)
        {
            digits /= 10;
            scale--;
        }
        var signAndScale = ((uint)parts[3] & 0x8000_0000) | (uint)scale;
        return Combine(Mix((ulong)digits), ((ulong)(digits >> 64) << 32) | signAndScale);
    }
}
