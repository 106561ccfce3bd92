using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using CsvHelper;

namespace Gristmill.Files.Internal;

/// <summary>
/// Parses the field of a member from the row's UTF-8 bytes, in the invariant culture. The compiled code of
/// <see cref="CsvFillCompiler"/> calls one of these a field.
/// </summary>
internal static class FieldParsers
{
    private const int LongestText = 256;

    /// <summary>The parser of a member's type, or null if there is none.</summary>
    public static MethodInfo? For(CsvMember member)
    {
        Type type = Nullable.GetUnderlyingType(member.Type) ?? member.Type;
        if (type == typeof(string))
            return Named(member.EmptyIsNull ? nameof(TextOrNull) : nameof(Text));
        if (type.IsEnum)
            return Named(nameof(Enumeration)).MakeGenericMethod(type);
        if (typeof(FieldParsers).GetMethod(type.Name, BindingFlags.Static | BindingFlags.NonPublic) is { } own && type.Namespace == nameof(System))
            return own;
        if (type == typeof(char))
            return Named(nameof(Parsable)).MakeGenericMethod(type);
        if (Implements(type, typeof(INumberBase<>)))
            return Named(nameof(Number)).MakeGenericMethod(type);
        if (Implements(type, typeof(IUtf8SpanParsable<>)))
            return Named(nameof(Utf8Parsable)).MakeGenericMethod(type);
        return Implements(type, typeof(ISpanParsable<>)) ? Named(nameof(Parsable)).MakeGenericMethod(type) : null;
    }

    public static bool IsEmpty(CsvReader row, CsvColumns columns, int member) => Field(row, columns, member).IsEmpty;

    public static bool Line(CsvReader row, out string value)
    {
        ReadOnlySpan<byte> line = row.RawRecord;
        bool valid = Utf8.IsValid(line);
        value = valid ? Encoding.UTF8.GetString(line) : "";
        return valid;
    }

    public static bool Text(CsvReader row, CsvColumns columns, int member, out string value) =>
        (columns.Texts[member] ??= new TextCache()).TryGet(Field(row, columns, member), out value);

    public static bool TextOrNull(CsvReader row, CsvColumns columns, int member, out string? value)
    {
        if (!IsEmpty(row, columns, member))
            return Text(row, columns, member, out value);
        value = null;
        return true;
    }

    internal static bool Int32(CsvReader row, CsvColumns columns, int member, out int value)
    {
        ReadOnlySpan<byte> field = Field(row, columns, member);
        return (Utf8Parser.TryParse(field, out value, out int used) && used == field.Length) || Number(row, columns, member, out value);
    }

    internal static bool Int64(CsvReader row, CsvColumns columns, int member, out long value)
    {
        ReadOnlySpan<byte> field = Field(row, columns, member);
        return (Utf8Parser.TryParse(field, out value, out int used) && used == field.Length) || Number(row, columns, member, out value);
    }

    internal static bool Boolean(CsvReader row, CsvColumns columns, int member, out bool value)
    {
        ReadOnlySpan<byte> field = Field(row, columns, member);
        value = Ascii.EqualsIgnoreCase(field, "true"u8) || field.SequenceEqual("1"u8);
        return value || Ascii.EqualsIgnoreCase(field, "false"u8) || field.SequenceEqual("0"u8);
    }

    internal static bool DateTime(CsvReader row, CsvColumns columns, int member, out DateTime value)
    {
        ReadOnlySpan<byte> field = Field(row, columns, member);
        if (IsoTime.TryParse(field, out value))
            return true;
        // What names an offset becomes UTC: local time would be another value on another machine.
        Span<char> chars = stackalloc char[LongestText];
        return TryDecode(field, ref chars) && System.DateTime.TryParse(chars, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out value);
    }

    internal static bool DateTimeOffset(CsvReader row, CsvColumns columns, int member, out DateTimeOffset value)
    {
        Span<char> chars = stackalloc char[LongestText];
        value = default;
        return TryDecode(Field(row, columns, member), ref chars)
            && System.DateTimeOffset.TryParse(chars, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out value);
    }

    internal static bool Enumeration<T>(CsvReader row, CsvColumns columns, int member, out T value)
        where T : struct, Enum
    {
        Span<char> chars = stackalloc char[LongestText];
        value = default;
        return TryDecode(Field(row, columns, member), ref chars) && Enum.TryParse(chars, ignoreCase: true, out value)
            && (Enum.IsDefined(value) || typeof(T).IsDefined(typeof(FlagsAttribute)));
    }

    internal static bool Number<T>(CsvReader row, CsvColumns columns, int member, out T value)
        where T : INumberBase<T>
    {
        NumberStyles style = T.IsInteger(T.One / (T.One + T.One)) ? NumberStyles.Integer : NumberStyles.Float;
        return T.TryParse(Field(row, columns, member), style, CultureInfo.InvariantCulture, out value!);
    }

    internal static bool Utf8Parsable<T>(CsvReader row, CsvColumns columns, int member, out T value)
        where T : IUtf8SpanParsable<T> => T.TryParse(Field(row, columns, member), CultureInfo.InvariantCulture, out value!);

    internal static bool Parsable<T>(CsvReader row, CsvColumns columns, int member, out T value)
        where T : ISpanParsable<T>
    {
        Span<char> chars = stackalloc char[LongestText];
        value = default!;
        return TryDecode(Field(row, columns, member), ref chars) && T.TryParse(chars, CultureInfo.InvariantCulture, out value!);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ReadOnlySpan<byte> Field(CsvReader row, CsvColumns columns, int member) => row.GetSpan(columns.Index[member]);

    private static bool TryDecode(ReadOnlySpan<byte> field, ref Span<char> chars)
    {
        bool valid = Utf8.ToUtf16(field, chars, out _, out int length, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done;
        chars = chars[..length];
        return valid;
    }

    private static MethodInfo Named(string name) =>
        typeof(FieldParsers).GetMethod(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!;

    private static bool Implements(Type type, Type definition) => Array.Exists(type.GetInterfaces(),
        i => i.IsGenericType && i.GetGenericTypeDefinition() == definition && i.GenericTypeArguments[0] == type);
}
