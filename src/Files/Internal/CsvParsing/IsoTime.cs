namespace Gristmill.Files.Internal;

/// <summary>
/// The times most files hold: <c>yyyy-MM-dd</c>, then perhaps 'T' or a space and <c>HH:mm</c>, <c>:ss</c>, a fraction of 1 to 7
/// digits and 'Z'. Anything else is left to the framework's parser, which takes ten times as long.
/// </summary>
internal static class IsoTime
{
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTime time)
    {
        time = default;
        DateTimeKind kind = DateTimeKind.Unspecified;
        if (text.Length > 16 && text[^1] == 'Z')
        {
            kind = DateTimeKind.Utc;
            text = text[..^1];
        }
        if (text.Length is not (10 or 16 or >= 19 and <= 27) || text[4] != '-' || text[7] != '-')
            return false;
        int year = (Two(text, 0) * 100) + Two(text, 2), month = Two(text, 5), day = Two(text, 8);
        if (year < 1 || month is < 1 or > 12 || day < 1 || Two(text, 2) < 0 || day > DateTime.DaysInMonth(year, month))
            return false;
        if (!TryTimeOfDay(text[10..], out long ticks))
            return false;
        time = new DateTime(new DateTime(year, month, day).Ticks + ticks, kind);
        return true;
    }

    private static bool TryTimeOfDay(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text.Length == 0)
            return true;
        int hour = Two(text, 1), minute = Two(text, 4), second = 0;
        if (text[0] is not ((byte)'T' or (byte)' ') || text[3] != ':')
            return false;
        if (text.Length > 6)
        {
            second = Two(text, 7);
            if (text[6] != ':' || !TryFraction(text[9..], ref ticks))
                return false;
        }
        ticks += ((((hour * 60L) + minute) * 60) + second) * TimeSpan.TicksPerSecond;
        return (uint)hour < 24 && (uint)minute < 60 && (uint)second < 60;
    }

    private static bool TryFraction(ReadOnlySpan<byte> text, ref long ticks)
    {
        if (text.Length == 0)
            return true;
        if (text[0] != '.' || text.Length < 2)
            return false;
        long unit = TimeSpan.TicksPerSecond;
        foreach (byte b in text[1..])
        {
            int digit = b - '0';
            if ((uint)digit > 9)
                return false;
            unit /= 10;
            ticks += digit * unit;
        }
        return true;
    }

    /// <summary>Two digits, or a number far below zero.</summary>
    private static int Two(ReadOnlySpan<byte> text, int at)
    {
        int tens = text[at] - '0', ones = text[at + 1] - '0';
        return (uint)tens > 9 || (uint)ones > 9 ? -100_000 : (tens * 10) + ones;
    }
}
