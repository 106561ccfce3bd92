using System.Runtime.CompilerServices;

namespace Gristmill.Bench;

/// <summary>The random numbers of the benchmark: functions of the event's number, so that any part of the stream can be made anew.</summary>
internal static class Draw
{
    /// <summary>What an event's number adds to its seed.</summary>
    public const ulong PerEvent = 0x9E3779B97F4A7C15;

    /// <summary>What each further draw of an event adds.</summary>
    public const ulong PerDraw = 0xD1B54A32D192ED03;

    public const ulong FirstFactor = 0xBF58476D1CE4E5B9;

    public const ulong SecondFactor = 0x94D049BB133111EB;

    /// <summary>What the draws of an event begin from; of the next event's <see cref="PerEvent"/> more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Start(ulong seed, long number) => seed + (ulong)number * PerEvent;

    /// <summary>The k-th random number of an event: r(n, k).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Number(ulong start, ulong k) => Mix(start + k * PerDraw);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong z)
    {
        z ^= z >> 30;
        z *= FirstFactor;
        z ^= z >> 27;
        z *= SecondFactor;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 up to but without <paramref name="below"/>, which is less than 2^31.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Pick(ulong random, long below) => (long)(((random >> 33) * (ulong)below) >> 31);

    /// <summary>A price in cents, log-uniform from 100 up to about 10^8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Price(ulong random)
    {
        long least = 1L << (int)Pick(random, 20);
        return 100 * (least + Pick(Mix(random), least));
    }
}
