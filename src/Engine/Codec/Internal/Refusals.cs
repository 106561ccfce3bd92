using System.Reflection;
using System.Runtime.CompilerServices;

namespace Gristmill.Codec.Internal;

/// <summary>Why a type can't be kept, and what to do instead.</summary>
internal static class Refusals
{
    private const string Instead = "Keep what it is made of in fields of plain types, or mark the field [NonSerialized] and make it anew.";

    public static bool IsTuple(Type type) => type.IsGenericType && type.GetInterface("System.Runtime.CompilerServices.ITuple") is not null && IsFramework(type);

    /// <summary>What no collection can be either.</summary>
    public static string? BeforeCollections(Type type)
    {
        if (type.IsPointer || type.IsFunctionPointer || type.IsByRef || type == typeof(nint) || type == typeof(nuint))
            return "It is an address, and means nothing in another process. Keep a number of fixed width (long) or the data it points to.";
        if (type.IsByRefLike)
            return "It is a ref struct, which lives on the stack only. Keep the data it refers to, e.g. in an array.";
        if (type.ContainsGenericParameters)
            return "It is an open generic type. Give it type arguments.";
        return type is { IsArray: true, IsSZArray: false }
            ? "Only arrays of one dimension from zero can be kept. Use an array of arrays, or one array and its width."
            : null;
    }

    /// <summary>What can't be taken apart into fields and put together again.</summary>
    public static string? OfRecord(Type type)
    {
        if (OfMeaning(type) is { } reason)
            return reason;
        if (type == typeof(object) || type.IsInterface || type.IsAbstract)
            return $"It is {(type.IsInterface ? "an interface" : type == typeof(object) ? "of any type" : "abstract")}, and a snapshot keeps exactly the declared type. "
                + "Declare the concrete type (List<T> for IReadOnlyList<T>), or one nullable field for each that is possible.";
        if (IsFramework(type) && !IsTuple(type) && !IsPair(type))
            return $"It belongs to .NET, which may change its fields at any time. {Instead}";
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && FrameworkBase(parent) is { } inherited)
            return $"It derives from {TypeNames.Full(inherited)} of .NET, whose fields may change at any time. Hold one in a field instead of deriving from it.";
        if (HasFinalizer(type))
            return $"It has a finalizer, so it holds something outside of the memory. {Instead}";
        return null;
    }

    /// <summary>Fields of one name and many values: read one by one they would lose all but the first.</summary>
    public static string? OfFields(Type type)
    {
        if (type.IsDefined(typeof(InlineArrayAttribute), inherit: false))
            return "It is an inline array. Use an array.";
        return Members.Of(type).Any(m => m.Field.IsDefined(typeof(FixedBufferAttribute), inherit: false))
            ? "It has a fixed buffer. Use an array."
            : null;
    }

    private static string? OfMeaning(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type))
            return "It is code. Keep the data that chooses it, e.g. an enum, and look the code up when it is needed.";
        if (typeof(Task).IsAssignableFrom(type) || type == typeof(ValueTask) || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>)))
            return "It is work in progress. Await it and keep the result.";
        if (typeof(Stream).IsAssignableFrom(type))
            return "It is an open stream. Keep its name and position, or its bytes as byte[].";
        if (typeof(MemberInfo).IsAssignableFrom(type))
            return "It is a piece of a loaded program. Keep its name.";
        return typeof(Exception).IsAssignableFrom(type) ? "It is an exception. Keep its message." : null;
    }

    private static bool IsPair(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);

    private static Type? FrameworkBase(Type type)
    {
        for (Type? level = type; level is not null && level != typeof(object); level = level.BaseType)
            if (IsFramework(level))
                return level;
        return null;
    }

    private static bool HasFinalizer(Type type) =>
        type.IsClass && type.GetMethod("Finalize", BindingFlags.Instance | BindingFlags.NonPublic, Type.EmptyTypes)?.DeclaringType != typeof(object);

    private static bool IsFramework(Type type)
    {
        var assembly = type.Assembly.GetName().Name ?? "";
        return assembly is "System" or "mscorlib" or "netstandard" || assembly.StartsWith("System.", StringComparison.Ordinal);
    }
}
