using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gristmill.Codec;

namespace Gristmill.Operators;

/// <summary>Reads the keys of a whole batch, so that the user's key function is called in one tight loop.</summary>
internal abstract class KeyExtractor<T, TKey>
{
    /// <summary>Finds the keys of records and their hashes.</summary>
    public abstract void Extract(ReadOnlySpan<T> records, Span<TKey> keys, Span<ulong> hashes);

    [MethodImpl(MethodImplOptions.NoInlining)]
    protected static void Hash(ReadOnlySpan<TKey> keys, Span<ulong> hashes)
    {
        for (int i = 0; i < keys.Length && i < hashes.Length; i++)
            hashes[i] = KeyTraits<TKey>.Hash(in keys[i]);
    }
}

internal sealed class KeyExtractor<T, TKey, TFunc>(TFunc function) : KeyExtractor<T, TKey>
    where TFunc : struct, IRecordFunc<T, TKey>
{
    public override void Extract(ReadOnlySpan<T> records, Span<TKey> keys, Span<ulong> hashes)
    {
        keys = keys[..records.Length];
        Select(function, records, keys);
        Hash(keys, hashes);
    }

    // A loop of its own: what lives across the user's function is just what the registers it must keep can hold.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Select(TFunc function, ReadOnlySpan<T> records, Span<TKey> keys)
    {
        // As long as the records, which the caller has seen to.
        ref TKey first = ref MemoryMarshal.GetReference(keys);
        for (int i = 0; i < records.Length; i++)
            Unsafe.Add(ref first, i) = function.Invoke(in records[i]);
    }
}
