using Gristmill.Codec.Internal;

namespace Gristmill.Codec;

/// <summary>What can be said about a type without a value.</summary>
public static class TypeTraits
{
    /// <summary>
    /// Whether a value can never change once made, however deep: primitives, strings, enums; structs and tuples of such; sealed classes
    /// and records whose fields are all read-only and of such; immutable collections of such. In doubt: no.
    /// </summary>
    public static bool IsImmutable(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Immutability.Of(type);
    }
}
