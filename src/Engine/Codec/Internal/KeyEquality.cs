using System.Reflection;
using System.Runtime.CompilerServices;

namespace Gristmill.Codec.Internal;

/// <summary>Knows the types whose own equality is that of their members: there the JIT's inlined default is the faster way to the same answer.</summary>
internal static class KeyEquality
{
    /// <summary>Not where a field is left out of snapshots: the default compares it, so the key would come back as another.</summary>
    public static bool IsDefault(Type type)
    {
        var shape = Shapes.Of(type);
        return shape.Kind switch
        {
            ShapeKind.Primitive or ShapeKind.Enum => true,
            ShapeKind.Nullable => IsDefault(shape.Element!),
            _ => IsMemberwise(type) && Members.LeavesNoneOut(type) && shape.Members.All(m => IsDefault(m.Type)),
        };
    }

    /// <summary>A value tuple, or a record whose Equals is the compiler's. One with a base is left to the compiled comparer.</summary>
    private static bool IsMemberwise(Type type)
    {
        if (type.BaseType != typeof(object) && type.BaseType != typeof(ValueType))
            return false;
        if (Refusals.IsTuple(type))
            return type.IsValueType;
        var equals = type.GetMethod(nameof(Equals), BindingFlags.Instance | BindingFlags.Public, [type]);
        return equals is not null && equals.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
            && type.IsAssignableTo(typeof(IEquatable<>).MakeGenericType(type));
    }
}
