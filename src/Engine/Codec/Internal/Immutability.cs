using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Gristmill.Codec.Internal;

/// <summary>Finds out whether values of a type can change once made.</summary>
internal static class Immutability
{
    private static readonly ConcurrentDictionary<Type, bool> Known = new();

    public static bool Of(Type type) => Known.GetOrAdd(type, static t => Of(t, []));

    /// <param name="type">The type in question.</param>
    /// <param name="within">Types being looked at: one that leads back to itself is immutable if nothing else speaks against it.</param>
    private static bool Of(Type type, HashSet<Type> within)
    {
        if (!within.Add(type))
            return true;
        var shape = Shapes.Of(type);
        return shape.Kind switch
        {
            ShapeKind.Primitive => shape.Primitive != SchemaKind.Bytes,
            ShapeKind.Enum => true,
            ShapeKind.Nullable => Of(shape.Element!, within),
            ShapeKind.List => IsImmutableCollection(type) && Of(shape.Element!, within),
            ShapeKind.Record => IsFrozen(type, shape) && shape.Members.All(m => Of(m.Type, within)),
            _ => false,
        };
    }

    /// <summary>A struct is copied, so its own fields may change; an object is shared, so they may not.</summary>
    private static bool IsFrozen(Type type, Shape shape) =>
        Members.LeavesNoneOut(type) && (type.IsValueType || ((type.IsSealed || Refusals.IsTuple(type)) && shape.Members.All(m => m.Field.IsInitOnly)));

    private static bool IsImmutableCollection(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is var definition
        && (definition == typeof(ImmutableArray<>) || definition == typeof(ImmutableList<>));
}
