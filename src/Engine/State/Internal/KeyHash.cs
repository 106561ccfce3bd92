using System.Runtime.CompilerServices;
using Gristmill.Codec;

namespace Gristmill.State;

/// <summary>Hashes and compares keys of a table. The hash's top bits choose the key group, so they must depend on the user's key alone.</summary>
internal interface IKeyHash<TKey>
{
    static abstract ulong Hash(in TKey key);

    static abstract bool AreEqual(in TKey a, in TKey b);
}

internal readonly struct DefaultKeyHash<TKey> : IKeyHash<TKey>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Hash(in TKey key) => KeyTraits<TKey>.Hash(in key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreEqual(in TKey a, in TKey b) => KeyTraits<TKey>.Equals(in a, in b);
}

/// <summary>A key within a namespace: the window it belongs to, or the time its timer is due.</summary>
internal struct ScopedKey<TKey>
{
    public TKey Key;
    public long Scope;
}

internal readonly struct ScopedKeyHash<TKey> : IKeyHash<ScopedKey<TKey>>
{
    /// <summary>The 32 top bits, and so the key group, stay those of the user's key.</summary>
    private const ulong OwnBits = 0xFFFF_FFFF_0000_0000;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Hash(in ScopedKey<TKey> key) => Combine(KeyTraits<TKey>.Hash(in key.Key), key.Scope);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreEqual(in ScopedKey<TKey> a, in ScopedKey<TKey> b)
        => a.Scope == b.Scope && KeyTraits<TKey>.Equals(in a.Key, in b.Key);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Combine(ulong keyHash, long scope)
    {
        ulong mixed = (keyHash ^ ((ulong)scope * 0x9E3779B97F4A7C15)) * 0xD6E8FEB86659FD93;
        return (keyHash & OwnBits) | (mixed >> 32);
    }
}

internal static class KeyGroups
{
    /// <summary>The key group of a hash: its top bits, for any number of groups up to 65,536.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Of(ulong hash, int groups) => (int)(((hash >> 48) * (ulong)groups) >> 16);

    /// <summary>The subtask that owns a key group.</summary>
    public static int Owner(int group, int groups, int parallelism) => (int)((((long)group + 1) * parallelism - 1) / groups);

    /// <summary>The first key group of a subtask; the next subtask's first is its end.</summary>
    public static int First(int subtask, int groups, int parallelism) => (int)((long)subtask * groups / parallelism);
}
