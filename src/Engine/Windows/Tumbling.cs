namespace Gristmill;

/// <summary>Windows of equal length, one after the other, aligned to 1970-01-01 UTC.</summary>
public sealed class Tumbling
{
    private Tumbling(long sizeMs) => SizeMs = sizeMs;

    /// <summary>A window's length in milliseconds.</summary>
    public long SizeMs { get; }

    /// <summary>Windows of a length.</summary>
    /// <param name="size">At least one millisecond, and whole milliseconds.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is not.</exception>
    public static Tumbling Of(TimeSpan size)
    {
        if (size < TimeSpan.FromMilliseconds(1) || size.Ticks % TimeSpan.TicksPerMillisecond != 0)
            throw new ArgumentOutOfRangeException(nameof(size), size, "A tumbling window is at least 1 ms long, in whole milliseconds.");
        return new Tumbling((long)size.TotalMilliseconds);
    }
}

/// <summary>A window of event time: from <paramref name="StartMs"/> up to but without <paramref name="EndMs"/>.</summary>
/// <param name="StartMs">Its first millisecond since 1970-01-01 UTC.</param>
/// <param name="EndMs">The first millisecond after it.</param>
public readonly record struct Window(long StartMs, long EndMs)
{
    /// <summary>The start as a date and time in UTC.</summary>
    public DateTime Start => DateTimeOffset.FromUnixTimeMilliseconds(StartMs).UtcDateTime;

    /// <summary>The end as a date and time in UTC.</summary>
    public DateTime End => DateTimeOffset.FromUnixTimeMilliseconds(EndMs).UtcDateTime;
}
