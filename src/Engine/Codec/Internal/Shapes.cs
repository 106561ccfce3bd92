using System.Collections.Concurrent;

namespace Gristmill.Codec.Internal;

/// <summary>Tells what types are to the codec.</summary>
internal static class Shapes
{
    private static readonly ConcurrentDictionary<Type, Shape> Known = new();

    private static readonly Dictionary<Type, SchemaKind> Primitives = new()
    {
        [typeof(bool)] = SchemaKind.Boolean,
        [typeof(sbyte)] = SchemaKind.Int8,
        [typeof(byte)] = SchemaKind.UInt8,
        [typeof(short)] = SchemaKind.Int16,
        [typeof(ushort)] = SchemaKind.UInt16,
        [typeof(int)] = SchemaKind.Int32,
        [typeof(uint)] = SchemaKind.UInt32,
        [typeof(long)] = SchemaKind.Int64,
        [typeof(ulong)] = SchemaKind.UInt64,
        [typeof(Int128)] = SchemaKind.Int128,
        [typeof(UInt128)] = SchemaKind.UInt128,
        [typeof(Half)] = SchemaKind.Float16,
        [typeof(float)] = SchemaKind.Float32,
        [typeof(double)] = SchemaKind.Float64,
        [typeof(decimal)] = SchemaKind.Decimal,
        [typeof(char)] = SchemaKind.Char,
        [typeof(string)] = SchemaKind.String,
        [typeof(byte[])] = SchemaKind.Bytes,
        [typeof(DateTime)] = SchemaKind.DateTime,
        [typeof(DateTimeOffset)] = SchemaKind.DateTimeOffset,
        [typeof(DateOnly)] = SchemaKind.DateOnly,
        [typeof(TimeOnly)] = SchemaKind.TimeOnly,
        [typeof(TimeSpan)] = SchemaKind.TimeSpan,
        [typeof(Guid)] = SchemaKind.Guid,
    };

    public static Shape Of(Type type) => Known.GetOrAdd(type, Tell);

    private static Shape Tell(Type type)
    {
        if (Primitives.TryGetValue(type, out var primitive))
            return new(type, ShapeKind.Primitive) { Primitive = primitive };
        if (type.IsEnum && Primitives.TryGetValue(type.GetEnumUnderlyingType(), out var underlying))
            return new(type, ShapeKind.Enum) { Primitive = underlying };
        if (Refusals.BeforeCollections(type) is { } reason)
            return Refuse(type, reason);
        if (Nullable.GetUnderlyingType(type) is { } element)
            return new(type, ShapeKind.Nullable) { Element = element };
        if (CollectionCodecs.Of(type) is { } collection)
            return collection;
        return (Refusals.OfRecord(type) ?? Refusals.OfFields(type)) is { } why
            ? Refuse(type, why)
            : new(type, ShapeKind.Record) { Members = Members.Of(type) };
    }

    private static Shape Refuse(Type type, string reason) => new(type, ShapeKind.Refused) { Refusal = reason };
}
