namespace Gristmill.Codec.Internal;

/// <summary>How many bytes the values of a schema take: at least so many, or exactly so many.</summary>
internal sealed record SchemaSize(long Minimum, bool IsFixed)
{
    /// <summary>The size of a record that contains itself without a null, list or map between: no value of it ends.</summary>
    public const long Endless = long.MaxValue;

    private static readonly SchemaSize Variable = new(1, false);

    public static SchemaSize Of(Schema schema) => Of(schema, new(ReferenceEqualityComparer.Instance));

    /// <summary>The size of a primitive; 0 if it varies, or isn't one.</summary>
    public static int OfPrimitive(SchemaKind kind) => kind switch
    {
        SchemaKind.Boolean or SchemaKind.Int8 or SchemaKind.UInt8 => 1,
        SchemaKind.Int16 or SchemaKind.UInt16 or SchemaKind.Float16 or SchemaKind.Char => 2,
        SchemaKind.Int32 or SchemaKind.UInt32 or SchemaKind.Float32 or SchemaKind.DateOnly => 4,
        SchemaKind.Int64 or SchemaKind.UInt64 or SchemaKind.Float64 => 8,
        SchemaKind.DateTime or SchemaKind.TimeOnly or SchemaKind.TimeSpan => 8,
        SchemaKind.DateTimeOffset => 10,
        SchemaKind.Int128 or SchemaKind.UInt128 or SchemaKind.Decimal or SchemaKind.Guid => 16,
        _ => 0,
    };

    /// <summary>Whether a record can contain another of itself, through whatever lies between.</summary>
    public static bool Reaches(Schema record)
    {
        var seen = new HashSet<Schema>(ReferenceEqualityComparer.Instance);
        var open = new Stack<Schema>(Parts(record));
        while (open.TryPop(out var next))
        {
            if (ReferenceEquals(next, record))
                return true;
            if (seen.Add(next))
                foreach (var part in Parts(next))
                    open.Push(part);
        }
        return false;
    }

    private static IEnumerable<Schema> Parts(Schema schema) =>
        new[] { schema.Key, schema.Element }.OfType<Schema>().Concat(schema.Fields.Select(f => f.Schema));

    private static SchemaSize Of(Schema schema, HashSet<Schema> within) => schema.KnownSize ??= schema.Kind switch
    {
        SchemaKind.Record => OfRecord(schema, within),
        SchemaKind.Enum => new(OfPrimitive(schema.Element!.Kind), true),
        var kind => OfPrimitive(kind) is > 0 and var size ? new(size, true) : Variable,
    };

    private static SchemaSize OfRecord(Schema record, HashSet<Schema> within)
    {
        if (!within.Add(record))
            return new(Endless, false);
        // A record without fields is one zero byte: then a count of anything is bounded by the bytes that follow.
        var total = record.Fields.Count == 0 ? new SchemaSize(1, true) : new(0, true);
        foreach (var field in record.Fields)
        {
            var size = Of(field.Schema, within);
            total = new(total.Minimum > Endless - size.Minimum ? Endless : total.Minimum + size.Minimum, total.IsFixed && size.IsFixed);
        }
        within.Remove(record);
        return total;
    }
}
