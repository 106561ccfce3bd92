using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gristmill.Checkpoints;
using Gristmill.Codec;

namespace Gristmill.Cli.Values;

/// <summary>
/// Values as JSON, by their schema: records as objects, bytes as base64, dates in ISO 8601, numbers no double can hold
/// (128 bits, decimal) and NaN as text, a map whose keys are no text as a list of keys and values.
/// </summary>
internal static class ValueJson
{
    private static readonly JsonWriterOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a value as it was read without its type.</summary>
    public static void Write(Utf8JsonWriter writer, Schema schema, object? value)
    {
        if (value is null)
        {
            writer.WriteNullValue();
            return;
        }

        switch (schema.Kind)
        {
            case SchemaKind.Nullable:
                Write(writer, schema.Element!, value);
                break;
            case SchemaKind.List:
                writer.WriteStartArray();
                foreach (object? item in (List<object?>)value)
                    Write(writer, schema.Element!, item);
                writer.WriteEndArray();
                break;
            case SchemaKind.Map:
                WriteMap(writer, schema, (List<KeyValuePair<object?, object?>>)value);
                break;
            case SchemaKind.Record:
                writer.WriteStartObject();
                foreach ((SchemaField field, KeyValuePair<string, object?> member) in schema.Fields.Zip(((RecordValue)value).Fields))
                {
                    writer.WritePropertyName(field.Name);
                    Write(writer, field.Schema, member.Value);
                }

                writer.WriteEndObject();
                break;
            default:
                WriteLeaf(writer, schema.Kind, value);
                break;
        }
    }

    /// <summary>A value for a table: text and dates as they are, all else as JSON on one line.</summary>
    public static string ToText(EncodedValue value)
    {
        object? read = value.Read();
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, OneLine))
            Write(writer, value.Schema, read);
        string json = Encoding.UTF8.GetString(bytes.ToArray());
        return json.Length > 2 && json[0] == '"' && !json.Contains('\\', StringComparison.Ordinal) ? json[1..^1] : json;
    }

    private static void WriteMap(Utf8JsonWriter writer, Schema schema, List<KeyValuePair<object?, object?>> map)
    {
        if (schema.Key!.Kind == SchemaKind.String)
        {
            writer.WriteStartObject();
            foreach ((object? key, object? value) in map)
            {
                writer.WritePropertyName((string)key!);
                Write(writer, schema.Element!, value);
            }

            writer.WriteEndObject();
            return;
        }

        writer.WriteStartArray();
        foreach ((object? key, object? value) in map)
        {
            writer.WriteStartObject();
            writer.WritePropertyName("key");
            Write(writer, schema.Key, key);
            writer.WritePropertyName("value");
            Write(writer, schema.Element!, value);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteLeaf(Utf8JsonWriter writer, SchemaKind kind, object value)
    {
        switch (value)
        {
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case ulong number:
                writer.WriteNumberValue(number);
                break;
            case double number when !double.IsFinite(number):
                writer.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number when kind is SchemaKind.Float32 or SchemaKind.Float16:
                writer.WriteNumberValue((float)number);
                break;
            case double number:
                writer.WriteNumberValue(number);
                break;
            case byte[] bytes:
                writer.WriteBase64StringValue(bytes);
                break;
            case DateTime time:
                writer.WriteStringValue(time);
                break;
            case DateTimeOffset time:
                writer.WriteStringValue(time);
                break;
            default:
                writer.WriteStringValue(TextOf(value));
                break;
        }
    }

    private static string TextOf(object value) => value switch
    {
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };
}
