using Gristmill.Codec;

namespace Gristmill.Cli.Values;

/// <summary>How a key of a schema is written on the command line, for messages.</summary>
internal static class KeyExample
{
    // A key that holds keys that hold keys is explained well enough by its outer parts.
    private const int Deepest = 3;

    public static string Of(Schema schema) => schema.Kind switch
    {
        SchemaKind.Nullable => Of(schema.Element!),
        SchemaKind.Record or SchemaKind.List => $"'{Json(schema, 0)}'",
        _ => Leaf(schema),
    };

    private static string Json(Schema schema, int depth) => schema.Kind switch
    {
        _ when depth > Deepest => "...",
        SchemaKind.Nullable => Json(schema.Element!, depth),
        SchemaKind.Record => "{" + string.Join(",", schema.Fields.Select(field => $"\"{field.Name}\":{Json(field.Schema, depth + 1)}")) + "}",
        SchemaKind.List => $"[{Json(schema.Element!, depth + 1)}]",
        SchemaKind.Boolean or (>= SchemaKind.Int8 and <= SchemaKind.Decimal) => Leaf(schema),
        _ => $"\"{Leaf(schema)}\"",
    };

    private static string Leaf(Schema schema) => schema.Kind switch
    {
        SchemaKind.Boolean => "true",
        SchemaKind.Float16 or SchemaKind.Float32 or SchemaKind.Float64 or SchemaKind.Decimal => "7.5",
        >= SchemaKind.Int8 and <= SchemaKind.UInt128 => "7",
        SchemaKind.Char => "A",
        SchemaKind.String => "text",
        SchemaKind.Bytes => "AQID",
        SchemaKind.DateTime or SchemaKind.DateTimeOffset => "2026-03-31T12:00:00Z",
        SchemaKind.DateOnly => "2026-03-31",
        SchemaKind.TimeOnly => "12:00:00",
        SchemaKind.TimeSpan => "1.12:00:00",
        SchemaKind.Guid => "0f8fad5b-d9cb-469f-a165-70867728950e",
        SchemaKind.Enum when schema.Members.Count > 0 => schema.Members[0].Name,
        _ => "7",
    };
}
