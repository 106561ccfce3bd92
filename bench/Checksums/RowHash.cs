using System.Runtime.CompilerServices;

namespace Gristmill.Bench;

/// <summary>The hash of a row, field by field: <c>RowHash.Of(auction).And(url).Value</c>.</summary>
/// <param name="value">The hash so far.</param>
internal readonly struct RowHash(ulong value)
{
    public ulong Value => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowHash Of(long first) => default(RowHash).And(first);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowHash Of(long first, long second) => Of(first).And(second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RowHash Of(long first, long second, long third) => Of(first).And(second).And(third);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public RowHash And(long field) => new(Draw.Mix(value * 31 + (ulong)field + Draw.PerEvent));

    public RowHash And(string field) => And((long)OfText(field));

    /// <summary>FNV-1a of the bytes; all texts of the benchmark are ASCII, so a character is a byte.</summary>
    private static ulong OfText(string text)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (char letter in text)
            hash = (hash ^ letter) * 0x100000001B3;
        return hash;
    }
}
