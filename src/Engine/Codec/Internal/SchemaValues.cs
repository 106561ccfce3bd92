using System.Globalization;

namespace Gristmill.Codec.Internal;

/// <summary>Reads and skips values by their schema alone. Slow and general: for tools, and for fields that are no more.</summary>
internal static class SchemaValues
{
    public static object? Read(Schema schema, ref ByteReader reader) => schema.Kind switch
    {
        SchemaKind.Nullable => reader.ReadBoolean() ? Read(schema.Element!, ref reader) : null,
        SchemaKind.Enum => ReadEnum(schema, ref reader),
        SchemaKind.List => ReadList(schema, ref reader),
        SchemaKind.Map => ReadMap(schema, ref reader),
        SchemaKind.Record => ReadRecord(schema, ref reader),
        _ => ReadPrimitive(schema.Kind, ref reader),
    };

    public static void Skip(Schema schema, ref ByteReader reader)
    {
        if (schema.FixedSize is { } size)
            reader.Take(size);
        else if (schema.Kind == SchemaKind.String)
            reader.SkipString();
        else if (schema.Kind == SchemaKind.Nullable)
        {
            if (reader.ReadBoolean())
                Skip(schema.Element!, ref reader);
        }
        else if (schema.Kind == SchemaKind.Record)
            SkipFields(schema, ref reader);
        else
            SkipItems(schema, ref reader);
    }

    private static void SkipFields(Schema schema, ref ByteReader reader)
    {
        reader.Enter();
        foreach (var field in schema.Fields)
            Skip(field.Schema, ref reader);
        reader.Leave();
    }

    private static void SkipItems(Schema schema, ref ByteReader reader)
    {
        var element = schema.Element ?? Schema.Primitive(SchemaKind.UInt8);
        if (!TryReadCount(ref reader, element.MinimumSize, out var count))
            return;
        for (var i = 0; i < count; i++)
        {
            if (schema.Key is { } key)
                Skip(key, ref reader);
            Skip(element, ref reader);
        }
    }

    /// <summary>Reads a count that null shares a number with: 0 is null, n + 1 is n.</summary>
    public static bool TryReadCount(ref ByteReader reader, long minimumSize, out int count)
    {
        var header = reader.ReadVarUInt();
        count = header == 0 ? 0 : reader.CheckCount(header - 1, minimumSize);
        return header != 0;
    }

    private static object? ReadPrimitive(SchemaKind kind, ref ByteReader reader) => kind switch
    {
        SchemaKind.Boolean => reader.ReadBoolean(),
        SchemaKind.Int8 => (long)(sbyte)reader.ReadByte(),
        SchemaKind.UInt8 => (long)reader.ReadByte(),
        SchemaKind.Int16 => (long)Wire.Get<short>(ref reader),
        SchemaKind.UInt16 => (long)Wire.Get<ushort>(ref reader),
        SchemaKind.Int32 => (long)Wire.Get<int>(ref reader),
        SchemaKind.UInt32 => (long)Wire.Get<uint>(ref reader),
        SchemaKind.Int64 => Wire.Get<long>(ref reader),
        SchemaKind.UInt64 => Wire.Get<ulong>(ref reader),
        SchemaKind.Int128 => Wire.Get<Int128>(ref reader),
        SchemaKind.UInt128 => Wire.Get<UInt128>(ref reader),
        SchemaKind.Float16 => (double)Wire.Get<Half>(ref reader),
        SchemaKind.Float32 => (double)Wire.Get<float>(ref reader),
        SchemaKind.Float64 => Wire.Get<double>(ref reader),
        SchemaKind.Decimal => Wire.Get<decimal>(ref reader),
        SchemaKind.Char => Wire.Get<char>(ref reader),
        SchemaKind.String => reader.ReadNullableString(),
        SchemaKind.Bytes => TryReadCount(ref reader, 1, out var count) ? reader.ReadBytes(count).ToArray() : null,
        SchemaKind.DateTime => Wire.Get<DateTime>(ref reader),
        SchemaKind.DateTimeOffset => Wire.Get<DateTimeOffset>(ref reader),
        SchemaKind.DateOnly => Wire.Get<DateOnly>(ref reader),
        SchemaKind.TimeOnly => Wire.Get<TimeOnly>(ref reader),
        SchemaKind.TimeSpan => Wire.Get<TimeSpan>(ref reader),
        SchemaKind.Guid => Wire.Get<Guid>(ref reader),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a primitive."),
    };

    private static object? ReadEnum(Schema schema, ref ByteReader reader)
    {
        var value = ReadPrimitive(schema.Element!.Kind, ref reader);
        var bits = value is ulong big ? unchecked((long)big) : Convert.ToInt64(value, CultureInfo.InvariantCulture);
        return schema.Members.FirstOrDefault(m => m.Value == bits)?.Name ?? value;
    }

    // The lists below grow as values come: what they hold costs more memory than its bytes, so room isn't taken on a count's word.
    private static List<object?>? ReadList(Schema schema, ref ByteReader reader)
    {
        if (!TryReadCount(ref reader, schema.Element!.MinimumSize, out var count))
            return null;
        var list = new List<object?>();
        for (var i = 0; i < count; i++)
            list.Add(Read(schema.Element, ref reader));
        return list;
    }

    private static List<KeyValuePair<object?, object?>>? ReadMap(Schema schema, ref ByteReader reader)
    {
        if (!TryReadCount(ref reader, schema.Element!.MinimumSize, out var count))
            return null;
        var map = new List<KeyValuePair<object?, object?>>();
        for (var i = 0; i < count; i++)
            map.Add(new(Read(schema.Key!, ref reader), Read(schema.Element, ref reader)));
        return map;
    }

    private static RecordValue ReadRecord(Schema schema, ref ByteReader reader)
    {
        reader.Enter();
        if (schema.Fields.Count == 0)
            reader.Take(1);
        var fields = new List<KeyValuePair<string, object?>>();
        foreach (var (name, field) in schema.Fields)
            fields.Add(new(name, Read(field, ref reader)));
        reader.Leave();
        return new(schema.Name, fields);
    }
}
