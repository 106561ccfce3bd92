using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gristmill.Codec.Internal;

/// <summary>
/// Hashes text by its UTF-16 units, eight bytes at a time, multiplying to 128 bits and folding: after wyhash, final version 4 (Wang Yi,
/// github.com/wangyi-fudan/wyhash, public domain), with its default secret.
/// </summary>
internal static class StringHash
{
    private const ulong P0 = 0x2D35_8DCC_AA6C_78A5;
    private const ulong P1 = 0x8BB8_4B93_962E_ACC9;

    public static ulong Of(string? text) => text is null ? KeyHash.Null : Of(MemoryMarshal.AsBytes(text.AsSpan()));

    private static ulong Of(ReadOnlySpan<byte> bytes)
    {
        ref var at = ref MemoryMarshal.GetReference(bytes);
        var length = (nuint)bytes.Length;
        var (a, b) = (0UL, 0UL);
        var seed = P0;
        if (length > 16)
        {
            var left = length;
            for (; left > 16; left -= 16, at = ref Unsafe.Add(ref at, 16))
                seed = Fold(Eight(ref at, 0) ^ P1, Eight(ref at, 8) ^ seed);
            // The last sixteen bytes, some of them for the second time.
            at = ref Unsafe.Add(ref at, (nint)left - 16);
            (a, b) = (Eight(ref at, 0), Eight(ref at, 8));
        }
        else if (length >= 8)
            (a, b) = (Eight(ref at, 0), Eight(ref at, length - 8));
        else if (length >= 4)
            (a, b) = (Four(ref at, 0), Four(ref at, length - 4));
        else if (length == 2)
            a = Unsafe.ReadUnaligned<ushort>(ref at);
        var high = Math.BigMul(a ^ P1, b ^ seed, out var low);
        return Fold(low ^ P0 ^ length, high ^ P1);
    }

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    private static ulong Eight(ref byte at, nuint offset) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.AddByteOffset(ref at, offset));

    private static ulong Four(ref byte at, nuint offset) => Unsafe.ReadUnaligned<uint>(ref Unsafe.AddByteOffset(ref at, offset));
}
