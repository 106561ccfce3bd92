using System.Text.Json;
using Gristmill.Codec;

namespace Gristmill.Cli.Values;

/// <summary>
/// Reads a key from the command line by the schema of the operator's keys: a plain value for primitives, JSON for records
/// and tuples. The result has the form of a value read without its type.
/// </summary>
internal static class KeyParser
{
    /// <summary>Reads a key.</summary>
    /// <exception cref="UsageException">It does not fit; the message has the schema and an example.</exception>
    public static object? Parse(Schema schema, string text)
    {
        try
        {
            return Read(schema, text);
        }
        catch (Exception e) when (e is FormatException or OverflowException or JsonException)
        {
            throw new UsageException($"--key is '{text}', and the keys are {schema}: {e.Message.TrimEnd('.')}. Write one as {KeyExample.Of(schema)}", e);
        }
    }

    private static object? Read(Schema schema, string text)
    {
        switch (schema.Kind)
        {
            case SchemaKind.Nullable:
                return text == "null" ? null : Read(schema.Element!, text);
            case SchemaKind.Record or SchemaKind.List or SchemaKind.Map:
                using (var json = JsonDocument.Parse(text))
                    return FromJson(schema, json.RootElement, "the key");
            default:
                return LeafParser.Parse(schema, text);
        }
    }

    private static object? FromJson(Schema schema, JsonElement json, string where)
    {
        if (json.ValueKind == JsonValueKind.Null)
        {
            return schema.Kind is SchemaKind.Nullable or SchemaKind.String or SchemaKind.Bytes or SchemaKind.List
                ? null
                : throw new FormatException($"{where} is null, and {schema} has no null");
        }

        return schema.Kind switch
        {
            SchemaKind.Nullable => FromJson(schema.Element!, json, where),
            SchemaKind.Record => Record(schema, json, where),
            SchemaKind.List => List(schema, json, where),
            SchemaKind.Map => throw new FormatException($"{where} is a map, which no key can be"),
            _ => Leaf(schema, json, where),
        };
    }

    private static object Leaf(Schema schema, JsonElement json, string where)
    {
        if (json.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            throw new FormatException($"{where} is {json.GetRawText()}, and it is a plain {schema}");
        if (schema.Kind is SchemaKind.String && json.ValueKind != JsonValueKind.String)
            throw new FormatException($"{where} is {json.GetRawText()}, and it is text: put it into quotes");
        try
        {
            return LeafParser.Parse(schema, json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText());
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new FormatException($"{where}: {e.Message}", e);
        }
    }

    private static List<object?> List(Schema schema, JsonElement json, string where) => json.ValueKind == JsonValueKind.Array
        ? [.. json.EnumerateArray().Select((item, index) => FromJson(schema.Element!, item, $"{where}[{index}]"))]
        : throw new FormatException($"{where} is {json.GetRawText()}, and it is a list: [...]");

    private static RecordValue Record(Schema schema, JsonElement json, string where)
    {
        List<JsonElement> members = json.ValueKind switch
        {
            JsonValueKind.Object => ByName(schema, json, where),
            JsonValueKind.Array when json.GetArrayLength() == schema.Fields.Count => [.. json.EnumerateArray()],
            JsonValueKind.Array => throw new FormatException($"{where} has {json.GetArrayLength()} members, and {schema.Name} has {schema.Fields.Count}"),
            _ => throw new FormatException($"{where} is {json.GetRawText()}, and it is a record: {{...}}, or [...] with its members in order"),
        };
        return new RecordValue(schema.Name, [.. schema.Fields.Zip(members, (field, member) => KeyValuePair.Create(field.Name, FromJson(field.Schema, member, field.Name)))]);
    }

    private static List<JsonElement> ByName(Schema schema, JsonElement json, string where)
    {
        var given = json.EnumerateObject().ToList();
        List<string> unknown = [.. given.Select(member => member.Name).Where(name => schema.Fields.All(field => !Same(field.Name, name)))];
        List<string> missing = [.. schema.Fields.Select(field => field.Name).Where(name => given.TrueForAll(member => !Same(member.Name, name)))];
        if (unknown.Count > 0 || missing.Count > 0)
        {
            string not = unknown.Count > 0 ? $"{where} has no member {Show.Names(unknown)}" : "";
            string lacks = missing.Count > 0 ? $"{where} lacks {Show.Names(missing)}" : "";
            throw new FormatException(string.Join("; ", new[] { not, lacks }.Where(text => text.Length > 0)));
        }

        return [.. schema.Fields.Select(field => given.Find(member => Same(member.Name, field.Name)).Value)];
    }

    private static bool Same(string field, string name) => string.Equals(field, name, StringComparison.OrdinalIgnoreCase);
}
