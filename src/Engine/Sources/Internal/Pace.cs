namespace Gristmill.Sources;

/// <summary>A rate that several readers share. Who reads runs up a debt of time; while there is one nobody reads.</summary>
internal sealed class Pace(double perSecond)
{
    private static readonly TimeSpan CatchUp = TimeSpan.FromMilliseconds(100);

    // Then it is asked again.
    private const double LongestWait = 3600;

    private readonly Lock _lock = new();
    private double _due = double.NaN;

    /// <summary>Records to read at a time: a hundredth of a second's, so that a slow flow is even.</summary>
    public int Slice => (int)Math.Clamp(perSecond / 100, 1, 65_536);

    /// <summary>How long to wait before reading on; zero: read.</summary>
    public TimeSpan Wait(TimeProvider time)
    {
        lock (_lock)
        {
            double now = Seconds(time);
            double earliest = now - CatchUp.TotalSeconds;
            if (double.IsNaN(_due))
                _due = now;
            else if (_due < earliest)
                _due = earliest;
            return _due > now ? TimeSpan.FromSeconds(Math.Min(_due - now, LongestWait)) : TimeSpan.Zero;
        }
    }

    public void Spend(int records)
    {
        lock (_lock)
            _due += records / perSecond;
    }

    private static double Seconds(TimeProvider time) => (double)time.GetTimestamp() / time.TimestampFrequency;
}
