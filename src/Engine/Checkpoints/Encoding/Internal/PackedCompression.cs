using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gristmill.Checkpoints.Internal;

/// <summary>
/// Leaves out bytes that are zero, which numbers of fixed length mostly are: of each eight bytes, one that says by its bits
/// which are not zero (the lowest bit the first), then those. The packing of Cap'n Proto without its runs
/// (https://capnproto.org/encoding.html#packing).
/// </summary>
internal sealed class PackedCompression : IBlockCompression
{
    public const byte Number = 3;

    private const int Word = 8;

    // Both write a whole word more than they may have to.
    private const int Slack = 2 * (1 + Word);

    // What has few zeros is given up soon: after each so many bytes, an eighth must have been gained.
    private const int Stretch = 16 << 10;

    // For each pattern of a word's bytes, where each byte of the other form comes from; 0x80 gives a zero.
    private static readonly ulong[] Together = Table(static (mask, at) => NthSet(mask, at));
    private static readonly ulong[] Apart = Table(static (mask, at) => (mask >> at & 1) == 0 ? -1 : BitOperations.PopCount((uint)(mask & ((1 << at) - 1))));

    public byte Id => Number;

    public string Name => "Packed";

    public int? Compress(ReadOnlyMemory<byte> source, Memory<byte> destination)
    {
        ReadOnlySpan<byte> from = source.Span;
        Span<byte> to = destination.Span;
        int written = 0;
        int read = 0;
        while (from.Length - read >= 2 * Word)
        {
            int end = Math.Min(from.Length - (2 * Word) + 1, read + Stretch);
            if (!PackSome(from, ref read, end, to, ref written) || written > read / 8 * 7)
                return null;
        }

        Span<byte> last = stackalloc byte[2 * Word];
        last.Clear();
        from[read..].CopyTo(last);
        int left = (from.Length - read + Word - 1) / Word;
        for (int word = 0; word < left; word++)
        {
            if (to.Length - written < 1 + Word)
                return null;
            written += PackWord(MemoryMarshal.Read<ulong>(last[(word * Word)..]), ref to[written]);
        }

        return written;
    }

    public bool TryDecompress(ReadOnlyMemory<byte> source, Memory<byte> destination)
    {
        ReadOnlySpan<byte> from = source.Span;
        Span<byte> to = destination.Span;
        int written = 0;
        int read = UnpackMost(from, to, ref written);
        Span<byte> word = stackalloc byte[Word];
        while (written < to.Length)
        {
            if (read == from.Length)
                return false;
            int mask = from[read++];
            int length = Math.Min(Word, to.Length - written);
            if (from.Length - read < BitOperations.PopCount((uint)mask) || mask >> length != 0)
                return false;
            for (int i = 0; i < length; i++)
                word[i] = (mask >> i & 1) == 0 ? (byte)0 : from[read++];
            word[..length].CopyTo(to[written..]);
            written += length;
        }

        return read == from.Length;
    }

    /// <summary>Packs two words at a time.</summary>
    /// <returns>Whether there was room.</returns>
    private static bool PackSome(ReadOnlySpan<byte> from, ref int read, int end, Span<byte> to, ref int written)
    {
        ref byte source = ref MemoryMarshal.GetReference(from);
        ref byte target = ref MemoryMarshal.GetReference(to);
        int at = written;
        int next = read;
        int last = to.Length - Slack;
        for (; next < end && at <= last; next += 2 * Word)
        {
            Vector128<byte> words = Vector128.LoadUnsafe(ref source, (nuint)next);
            int mask = ~(int)Vector128.Equals(words, Vector128<byte>.Zero).ExtractMostSignificantBits();
            at += PackWord(words, mask & 0xFF, ref Unsafe.Add(ref target, at));
            at += PackWord(Vector128.Create(words.GetUpper(), default), mask >> 8 & 0xFF, ref Unsafe.Add(ref target, at));
        }

        (read, written) = (next, at);
        return next >= end;
    }

    private static int PackWord(ulong word, ref byte target)
    {
        Vector128<byte> bytes = Vector128.CreateScalar(word).AsByte();
        return PackWord(bytes, ~(int)Vector128.Equals(bytes, Vector128<byte>.Zero).ExtractMostSignificantBits() & 0xFF, ref target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PackWord(Vector128<byte> word, int mask, ref byte target)
    {
        target = (byte)mask;
        Vector128<byte> packed = Vector128.ShuffleNative(word, Vector128.CreateScalar(Entry(Together, mask)).AsByte());
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, 1), packed.AsUInt64().ToScalar());
        return 1 + BitOperations.PopCount((uint)mask);
    }

    /// <summary>Unpacks whole words as long as more than one of both forms is left.</summary>
    /// <returns>How much was read.</returns>
    private static int UnpackMost(ReadOnlySpan<byte> from, Span<byte> to, ref int written)
    {
        ref byte source = ref MemoryMarshal.GetReference(from);
        ref byte target = ref MemoryMarshal.GetReference(to);
        int read = 0;
        int at = written;
        while (read <= from.Length - (1 + Word) && at <= to.Length - Word)
        {
            int mask = Unsafe.Add(ref source, read);
            ulong packed = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, read + 1));
            Vector128<byte> word = Vector128.ShuffleNative(Vector128.CreateScalar(packed).AsByte(), Vector128.CreateScalar(Entry(Apart, mask)).AsByte());
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, at), word.AsUInt64().ToScalar());
            read += 1 + BitOperations.PopCount((uint)mask);
            at += Word;
        }

        written = at;
        return read;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Entry(ulong[] table, int mask) => Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(table), mask);

    private static ulong[] Table(Func<int, int, int> comesFrom)
    {
        var table = new ulong[256];
        for (int mask = 0; mask < table.Length; mask++)
        {
            for (int at = 0; at < Word; at++)
                table[mask] |= (ulong)(comesFrom(mask, at) is >= 0 and var from ? from : 0x80) << (8 * at);
        }

        return table;
    }

    /// <summary>Which bit is set after <paramref name="count"/> others; -1 if there are no more.</summary>
    private static int NthSet(int mask, int count)
    {
        for (; count > 0 && mask != 0; count--)
            mask &= mask - 1;
        return mask == 0 ? -1 : BitOperations.TrailingZeroCount(mask);
    }
}
