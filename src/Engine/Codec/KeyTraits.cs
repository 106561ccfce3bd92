using System.Runtime.CompilerServices;
using Gristmill.Codec.Internal;

namespace Gristmill.Codec;

/// <summary>How keys of a type are hashed and compared: the same in every process and on every machine, for key groups are kept by it.</summary>
/// <remarks>
/// A key is its members: hash and equality are those of the members, in the schema's order, whatever <c>Equals</c> a type brings along.
/// Numbers hash by value, so that widening a key's type (int to long, float to double, T to T?) leaves it in its key group.
/// </remarks>
/// <typeparam name="T">The type of the keys.</typeparam>
public static class KeyTraits<T>
{
    /// <summary>64 well-mixed bits of the key, all of them fit for use. Never changes between versions.</summary>
    /// <exception cref="UnsupportedTypeException">The type can't be a key; see <see cref="Problems"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Hash(in T key)
    {
        // The JIT keeps the one branch that is T's.
        if (KeyHash.IsDirect<T>())
            return KeyHash.Direct(in key);
        return Composite.Hash(ref Unsafe.AsRef(in key));
    }

    /// <summary>Whether two keys are the same. NaN equals itself, 0.0 equals -0.0.</summary>
    /// <exception cref="UnsupportedTypeException">The type can't be a key; see <see cref="Problems"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Equals(in T a, in T b)
    {
        if (KeyHash.IsDirect<T>() || Composite.UseDefault)
            return EqualityComparer<T>.Default.Equals(a, b);
        return Composite.AreEqual(ref Unsafe.AsRef(in a), ref Unsafe.AsRef(in b));
    }

    /// <summary>All that keeps the type from being a key, each with member and remedy; empty if nothing does.</summary>
    public static IReadOnlyList<string> Problems() => KeyProblems.Of(typeof(T));

    private static class Composite
    {
        public static readonly bool UseDefault = KeyProblems.Of(typeof(T)).Count == 0 && KeyEquality.IsDefault(typeof(T));
        public static readonly KeyHasher<T> Hash = KeyCompiler.Hasher<T>();
        public static readonly KeyComparer<T> AreEqual = KeyCompiler.Comparer<T>();
    }
}
