using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;

namespace Gristmill.Codec.Internal;

/// <summary>The schema of each type that can be kept: one object a type.</summary>
internal static class NativeSchemas
{
    private static readonly ConcurrentDictionary<Type, Schema> Known = new();
    private static readonly Lock Building = new();

    public static Schema Get(Type type)
    {
        if (Known.TryGetValue(type, out var schema))
            return schema;
        lock (Building)
        {
            // Nothing is shown before all of it is complete: a record is open while its fields are being found.
            var made = new Dictionary<Type, Schema>();
            schema = Make(type, made);
            foreach (var (t, s) in made)
                Known.TryAdd(t, s);
            return schema;
        }
    }

    private static Schema Make(Type type, Dictionary<Type, Schema> made)
    {
        if (Known.TryGetValue(type, out var schema) || made.TryGetValue(type, out schema))
            return schema;
        var shape = Shapes.Of(type);
        if (shape.Kind == ShapeKind.Record)
            return MakeRecord(shape, made);
        schema = shape.Kind switch
        {
            ShapeKind.Primitive => Schema.Primitive(shape.Primitive),
            ShapeKind.Enum => MakeEnum(shape),
            ShapeKind.Nullable => Schema.Nullable(Make(shape.Element!, made)),
            ShapeKind.List => Schema.List(Make(shape.Element!, made)),
            ShapeKind.Map => Schema.Map(Make(shape.Key!, made), Make(shape.Element!, made)),
            _ => throw new UnsupportedTypeException(type, TypeProblems.Of(type)),
        };
        made.TryAdd(type, schema);
        return schema;
    }

    private static Schema MakeRecord(Shape shape, Dictionary<Type, Schema> made)
    {
        var record = Schema.OpenRecord(TypeNames.Short(shape.Type));
        var schema = shape.Type.IsValueType ? record : Schema.Nullable(record);
        made.Add(shape.Type, schema);
        record.Close([.. shape.Members.Select(m => new SchemaField(m.Name, Make(m.Type, made)))]);
        return schema;
    }

    private static Schema MakeEnum(Shape shape)
    {
        var members = shape.Type.GetFields(BindingFlags.Public | BindingFlags.Static).OrderBy(f => f.MetadataToken)
            .Select(f => new SchemaMember(f.Name, BitsOf(f.GetRawConstantValue()!)));
        return Schema.Enum(TypeNames.Short(shape.Type), shape.Primitive, members);
    }

    private static long BitsOf(object value) =>
        value is ulong big ? unchecked((long)big) : Convert.ToInt64(value, CultureInfo.InvariantCulture);
}
