using System.Collections.Concurrent;

namespace Gristmill.Codec.Internal;

/// <summary>The codec of each type as it is today: one object a type.</summary>
internal static class NativeCodecs
{
    private static readonly ConcurrentDictionary<Type, object> Known = new();
    private static readonly Lock Building = new();

    public static object Get(Type type)
    {
        if (Known.TryGetValue(type, out var codec))
            return codec;
        // The bytes are those of little-endian memory; no other machine has been tried.
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Gristmill's snapshots need a little-endian machine.");
        if (TypeProblems.Of(type) is { Count: > 0 } problems)
            throw new UnsupportedTypeException(type, problems);
        lock (Building)
        {
            // A codec is shown when all that it leads to is complete, and not before.
            var made = new Dictionary<Type, object>();
            Make(type, made);
            foreach (var (t, c) in made)
                Known.TryAdd(t, c);
            return Known[type];
        }
    }

    private static object Make(Type type, Dictionary<Type, object> made)
    {
        if (Known.TryGetValue(type, out var codec) || made.TryGetValue(type, out codec))
            return codec;
        var shape = Shapes.Of(type);
        var schema = NativeSchemas.Get(type);
        if (shape.Kind == ShapeKind.Record && !RawLayout.Is(shape))
            return MakeRecord(shape, schema, made);
        codec = shape.Kind switch
        {
            ShapeKind.Nullable => CodecFactory.Nullable(shape, schema, Make(shape.Element!, made)),
            ShapeKind.List => CodecFactory.List(shape, schema, Make(shape.Element!, made)),
            ShapeKind.Map => CodecFactory.Map(shape, schema, Make(shape.Key!, made), Make(shape.Element!, made)),
            ShapeKind.Record => CodecFactory.Raw(type, schema),
            _ => CodecFactory.Leaf(shape, schema),
        };
        // On the way down the same type may have been made by a record that leads back here.
        return made.TryAdd(type, codec) ? codec : made[type];
    }

    private static object MakeRecord(Shape shape, Schema schema, Dictionary<Type, object> made)
    {
        var codec = CodecFactory.Record(shape, schema);
        made.Add(shape.Type, codec);
        var plan = new RecordPlan(type => Make(type, made));
        plan.AddMembers(shape, []);
        ((IRecordCodec)codec).Complete(plan.Steps);
        return codec;
    }
}
