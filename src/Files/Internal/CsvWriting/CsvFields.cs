using System.Reflection;
using CsvHelper;

namespace Gristmill.Files.Internal;

/// <summary>Writes a value as a field. The compiled code of <see cref="CsvRecordEncoder{T}"/> calls one of these a column.</summary>
internal static class CsvFields
{
    /// <summary>The method for a type, or null if it can't be a field.</summary>
    public static MethodInfo? For(Type type)
    {
        Type inner = Nullable.GetUnderlyingType(type) ?? type;
        bool nullable = inner != type;
        if (inner == typeof(string))
            return Named(nameof(Text));
        if (inner == typeof(bool))
            return Named(nullable ? nameof(NullableBoolean) : nameof(Boolean));
        if (inner.IsEnum)
            return Named(nullable ? nameof(NullableFormatted) : nameof(Formatted)).MakeGenericMethod(inner);
        if (typeof(IUtf8SpanFormattable).IsAssignableFrom(inner) && inner.IsValueType)
            return Named(nullable ? nameof(NullableValue) : nameof(Value)).MakeGenericMethod(inner);
        return typeof(IFormattable).IsAssignableFrom(inner) && !nullable ? Named(nameof(Formatted)).MakeGenericMethod(inner) : null;
    }

    internal static void Text(CsvWriter writer, string? value, string? format) => writer.WriteField(value);

    internal static void Boolean(CsvWriter writer, bool value, string? format) => writer.WriteField(value ? "true"u8 : "false"u8);

    internal static void NullableBoolean(CsvWriter writer, bool? value, string? format) =>
        writer.WriteField(value switch { true => "true"u8, false => "false"u8, null => default });

    internal static void Value<T>(CsvWriter writer, T value, string? format)
        where T : struct, IUtf8SpanFormattable => writer.WriteField(value, format);

    internal static void NullableValue<T>(CsvWriter writer, T? value, string? format)
        where T : struct, IUtf8SpanFormattable => writer.WriteField(value, format);

    internal static void Formatted<T>(CsvWriter writer, T value, string? format)
        where T : IFormattable => writer.WriteField(value?.ToString(format, System.Globalization.CultureInfo.InvariantCulture));

    internal static void NullableFormatted<T>(CsvWriter writer, T? value, string? format)
        where T : struct, IFormattable => writer.WriteField(value?.ToString(format, System.Globalization.CultureInfo.InvariantCulture));

    private static MethodInfo Named(string name) => typeof(CsvFields).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!;
}
