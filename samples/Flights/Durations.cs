using System.Globalization;

namespace Gristmill.Samples.Flights;

/// <summary>Durations as people write them: 500ms, 1s, 1.5m, 48h, 2d.</summary>
internal static class Durations
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)),
    ];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        foreach ((string unit, TimeSpan length) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal)
                || !decimal.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
                continue;
            decimal ticks = number > TimeSpan.MaxValue.Ticks ? decimal.MaxValue : number * length.Ticks;
            duration = ticks <= TimeSpan.MaxValue.Ticks ? TimeSpan.FromTicks((long)ticks) : default;
            return ticks <= TimeSpan.MaxValue.Ticks;
        }

        duration = default;
        return text == "0";
    }

    public static string Format(TimeSpan duration)
    {
        (string unit, TimeSpan length) = Units.LastOrDefault(u => duration.Ticks % u.Length.Ticks == 0 && duration >= u.Length, Units[0]);
        return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / (decimal)length.Ticks:0.####}{unit}");
    }
}
