using System.Globalization;
using Gristmill.Codec;

namespace Gristmill.Cli.Values;

/// <summary>Reads a plain value from text, in the form in which values are read without their types.</summary>
internal static class LeafParser
{
    /// <exception cref="FormatException">It is no such value.</exception>
    /// <exception cref="OverflowException">It is too large or too small a number.</exception>
    public static object Parse(Schema schema, string text) => schema.Kind == SchemaKind.Enum ? ParseEnum(schema, text) : Parse(schema.Kind, text);

    private static object Parse(SchemaKind kind, string text)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        return kind switch
        {
            SchemaKind.Boolean => bool.Parse(text),
            SchemaKind.Int8 => (long)sbyte.Parse(text, culture),
            SchemaKind.UInt8 => (long)byte.Parse(text, culture),
            SchemaKind.Int16 => (long)short.Parse(text, culture),
            SchemaKind.UInt16 => (long)ushort.Parse(text, culture),
            SchemaKind.Int32 => (long)int.Parse(text, culture),
            SchemaKind.UInt32 => (long)uint.Parse(text, culture),
            SchemaKind.Int64 => long.Parse(text, culture),
            SchemaKind.UInt64 => ulong.Parse(text, culture),
            SchemaKind.Int128 => Int128.Parse(text, culture),
            SchemaKind.UInt128 => UInt128.Parse(text, culture),

            // Through the type itself: 0.1 as a float is another number than 0.1 as a double.
            SchemaKind.Float16 => (double)Half.Parse(text, culture),
            SchemaKind.Float32 => (double)float.Parse(text, culture),
            SchemaKind.Float64 => double.Parse(text, culture),
            SchemaKind.Decimal => decimal.Parse(text, NumberStyles.Float, culture),
            SchemaKind.Char => char.Parse(text),
            SchemaKind.String => text,
            SchemaKind.Bytes => Convert.FromBase64String(text),
            SchemaKind.DateTime => DateTime.Parse(text, culture, DateTimeStyles.RoundtripKind),
            SchemaKind.DateTimeOffset => DateTimeOffset.Parse(text, culture, DateTimeStyles.AssumeUniversal),
            SchemaKind.DateOnly => DateOnly.Parse(text, culture),
            SchemaKind.TimeOnly => TimeOnly.Parse(text, culture),
            SchemaKind.TimeSpan => TimeSpan.Parse(text, culture),
            SchemaKind.Guid => Guid.Parse(text),
            _ => throw new FormatException($"{kind} is no plain value"),
        };
    }

    private static object ParseEnum(Schema schema, string text)
    {
        SchemaMember? named = schema.Members.FirstOrDefault(member => member.Name == text)
            ?? schema.Members.FirstOrDefault(member => string.Equals(member.Name, text, StringComparison.OrdinalIgnoreCase));
        if (named is not null)
            return named.Name;
        if (!long.TryParse(text, CultureInfo.InvariantCulture, out _) && !ulong.TryParse(text, CultureInfo.InvariantCulture, out _))
            throw new FormatException($"'{text}' is none of {Show.Names(schema.Members.Select(member => member.Name))}, nor a number");
        object number = Parse(schema.Element!.Kind, text);
        long bits = number is ulong big ? unchecked((long)big) : (long)number;
        return schema.Members.FirstOrDefault(member => member.Value == bits)?.Name ?? number;
    }
}
