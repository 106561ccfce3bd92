namespace Gristmill.Codec.Internal;

/// <summary>Makes the codec classes for types known only at run time.</summary>
internal static class CodecFactory
{
    public static object Leaf(Shape shape, Schema schema) => shape.Primitive switch
    {
        SchemaKind.String => new StringCodec(schema),
        SchemaKind.Bytes => new BytesCodec(schema),
        var kind when Wire.IsRaw(kind) => Raw(shape.Type, schema),
        _ => Make(typeof(CheckedCodec<>), [shape.Type], schema),
    };

    public static object Raw(Type type, Schema schema) => Make(typeof(RawCodec<>), [type], schema);

    public static object Record(Shape shape, Schema schema) =>
        Make(shape.Type.IsValueType ? typeof(StructCodec<>) : typeof(ClassCodec<>), [shape.Type], schema);

    public static object Nullable(Shape shape, Schema schema, object element) => Make(typeof(NullableCodec<>), [shape.Element!], schema, element);

    public static object List(Shape shape, Schema schema, object element) => Make(shape.CodecType!, [shape.Element!], schema, element);

    public static object Map(Shape shape, Schema schema, object key, object element) =>
        Make(shape.CodecType!, [shape.Key!, shape.Element!], schema, key, element);

    public static object Make(Type codec, Type[] arguments, params object[] parts) =>
        Activator.CreateInstance(codec.MakeGenericType(arguments), parts)!;
}
