namespace Gristmill;

/// <summary>Slows sources down: to be gentle to what they read from, or to watch a job at work.</summary>
public static class SourceThrottle
{
    /// <summary>
    /// Reads a source at no more than a rate, over all its subtasks in this process. What it missed in the last tenth of a
    /// second it makes up for; positions and splits are the source's own, so a job may go on with another rate or none.
    /// </summary>
    /// <param name="source">The source.</param>
    /// <param name="recordsPerSecond">More than 0.</param>
    /// <typeparam name="T">The record type.</typeparam>
    /// <typeparam name="TPosition">The source's position type.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">The rate is 0, negative or no number.</exception>
    public static Source<T, TPosition> Throttle<T, TPosition>(this Source<T, TPosition> source, double recordsPerSecond)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!double.IsFinite(recordsPerSecond) || recordsPerSecond <= 0)
            throw new ArgumentOutOfRangeException(nameof(recordsPerSecond), recordsPerSecond, "The rate must be more than 0.");
        return new Sources.ThrottledSource<T, TPosition>(source, recordsPerSecond);
    }
}
