using System.Runtime.CompilerServices;

namespace Gristmill.Codec.Internal;

/// <summary>Puts values of fixed size into bytes and takes them out. The JIT keeps the branch of each T only.</summary>
internal static class Wire
{
    private const ulong TicksMask = 0x3FFF_FFFF_FFFF_FFFF;

    /// <summary>Whether the bytes are those in memory, and all of them are valid. Of the others some bytes are not a value and are checked.</summary>
    public static bool IsRaw(SchemaKind kind) => kind is not (SchemaKind.Boolean or SchemaKind.DateTime or SchemaKind.DateTimeOffset
        or SchemaKind.DateOnly or SchemaKind.TimeOnly or SchemaKind.Decimal) && SchemaSize.OfPrimitive(kind) > 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<T>(ref byte to, T value)
    {
        if (typeof(T) == typeof(bool))
            to = (bool)(object)value! ? (byte)1 : (byte)0;
        else if (typeof(T) == typeof(DateTime))
            Unsafe.WriteUnaligned(ref to, BitsOf((DateTime)(object)value!));
        else if (typeof(T) == typeof(DateTimeOffset))
            PutOffset(ref to, (DateTimeOffset)(object)value!);
        else if (typeof(T) == typeof(DateOnly))
            Unsafe.WriteUnaligned(ref to, ((DateOnly)(object)value!).DayNumber);
        else if (typeof(T) == typeof(TimeOnly))
            Unsafe.WriteUnaligned(ref to, ((TimeOnly)(object)value!).Ticks);
        else if (typeof(T) == typeof(decimal))
            PutDecimal(ref to, (decimal)(object)value!);
        else
            Unsafe.WriteUnaligned(ref to, value);
    }

    /// <summary>Takes a raw value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Take<T>(ref byte from) => Unsafe.ReadUnaligned<T>(ref from);

    /// <summary>Reads a raw or a checked value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Get<T>(ref ByteReader reader)
    {
        if (typeof(T) == typeof(bool))
            return (T)(object)reader.ReadBoolean();
        if (typeof(T) == typeof(DateTime))
            return (T)(object)GetDateTime(ref reader);
        if (typeof(T) == typeof(DateTimeOffset))
            return (T)(object)GetOffset(ref reader);
        if (typeof(T) == typeof(DateOnly))
            return (T)(object)DateOnly.FromDayNumber((int)Checked(ref reader, reader.ReadUInt32(), (ulong)DateOnly.MaxValue.DayNumber, "a day from 0001 to 9999"));
        if (typeof(T) == typeof(TimeOnly))
            return (T)(object)new TimeOnly((long)Checked(ref reader, reader.ReadUInt64(), (ulong)TimeOnly.MaxValue.Ticks, "ticks of one day"));
        if (typeof(T) == typeof(decimal))
            return (T)(object)GetDecimal(ref reader);
        return Unsafe.ReadUnaligned<T>(ref reader.Take(Unsafe.SizeOf<T>()));
    }

    // DateTime.ToBinary turns local times into UTC and back by the machine's time zone; ticks and kind are the same everywhere.
    private static ulong BitsOf(DateTime value) => (ulong)value.Ticks | ((ulong)value.Kind << 62);

    private static DateTime GetDateTime(ref ByteReader reader)
    {
        var bits = reader.ReadUInt64();
        var ticks = Checked(ref reader, bits & TicksMask, (ulong)DateTime.MaxValue.Ticks, "ticks from 0001 to 9999");
        var kind = Checked(ref reader, bits >> 62, (ulong)DateTimeKind.Local, "the kind of a time, 0 to 2");
        return new((long)ticks, (DateTimeKind)kind);
    }

    private static void PutOffset(ref byte to, DateTimeOffset value)
    {
        Unsafe.WriteUnaligned(ref to, value.Ticks);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, 8), (short)value.TotalOffsetMinutes);
    }

    private static DateTimeOffset GetOffset(ref ByteReader reader)
    {
        var ticks = Checked(ref reader, reader.ReadUInt64(), (ulong)DateTime.MaxValue.Ticks, "ticks from 0001 to 9999");
        var minutes = Unsafe.ReadUnaligned<short>(ref reader.Take(2));
        Checked(ref reader, (ulong)(minutes + 840), 1680, "an offset of at most 14 hours");
        var offset = TimeSpan.FromMinutes((long)minutes);
        Checked(ref reader, ticks - (ulong)offset.Ticks, (ulong)DateTime.MaxValue.Ticks, "UTC ticks from 0001 to 9999");
        return new((long)ticks, offset);
    }

    private static void PutDecimal(ref byte to, decimal value)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        for (var i = 0; i < 4; i++)
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, 4 * i), parts[i]);
    }

    private static decimal GetDecimal(ref ByteReader reader)
    {
        Span<int> parts = stackalloc int[4];
        for (var i = 0; i < 4; i++)
            parts[i] = (int)reader.ReadUInt32();
        var scale = (uint)parts[3] & 0x7FFF_FFFF;
        Checked(ref reader, scale & 0xFF00_FFFF, 0, "a decimal's sign and scale");
        Checked(ref reader, scale >> 16, 28, "a decimal's scale, 0 to 28");
        return new(parts);
    }

    private static ulong Checked(ref ByteReader reader, ulong value, ulong most, string expected)
    {
        if (value > most)
            reader.Fail(expected, $"{value}");
        return value;
    }
}
