using System.Collections.Immutable;

namespace Gristmill.Codec.Internal;

/// <summary>The collections that can be kept, and their codecs.</summary>
internal static class CollectionCodecs
{
    private static readonly Dictionary<Type, Type> Lists = new()
    {
        [typeof(List<>)] = typeof(ListCodec<>),
        [typeof(Queue<>)] = typeof(QueueCodec<>),
        [typeof(Stack<>)] = typeof(StackCodec<>),
        [typeof(HashSet<>)] = typeof(HashSetCodec<>),
        [typeof(SortedSet<>)] = typeof(SortedSetCodec<>),
        [typeof(ImmutableArray<>)] = typeof(ImmutableArrayCodec<>),
        [typeof(ImmutableList<>)] = typeof(ImmutableListCodec<>),
    };

    private static readonly Dictionary<Type, Type> Maps = new()
    {
        [typeof(Dictionary<,>)] = typeof(DictionaryCodec<,>),
        [typeof(SortedDictionary<,>)] = typeof(SortedDictionaryCodec<,>),
    };

    /// <summary>The shape of a collection; null if the type isn't one.</summary>
    public static Shape? Of(Type type)
    {
        if (type.IsSZArray)
            return new(type, ShapeKind.List) { Element = type.GetElementType(), CodecType = typeof(ArrayCodec<>) };
        if (!type.IsGenericType)
            return null;
        var definition = type.GetGenericTypeDefinition();
        var arguments = type.GetGenericArguments();
        if (Lists.TryGetValue(definition, out var list))
            return new(type, ShapeKind.List) { Element = arguments[0], CodecType = list };
        return Maps.TryGetValue(definition, out var map)
            ? new(type, ShapeKind.Map) { Key = arguments[0], Element = arguments[1], CodecType = map }
            : null;
    }
}
