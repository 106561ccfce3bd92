namespace Gristmill.Runtime;

/// <summary>
/// How many table slots a slice of a snapshot visits: as many as take about half a millisecond. Long slices hold records
/// back; short ones make the snapshot slow, so that more entries change before their turn and are copied aside.
/// </summary>
/// <param name="pinned">A number to keep to; 0: as time tells.</param>
internal sealed class SliceSize(int pinned)
{
    private const int Least = 512;
    private const int Most = 65_536;
    private const double TooShortMs = 0.25;
    private const double TooLongMs = 1;

    /// <summary>How many it is now.</summary>
    public int Entries { get; private set; } = pinned > 0 ? pinned : Least * 4;

    /// <summary>Learns how long a slice took.</summary>
    public void Took(double milliseconds)
    {
        if (pinned > 0)
            return;
        if (milliseconds > TooLongMs)
            Entries = Math.Max(Least, Entries / 2);
        else if (milliseconds < TooShortMs)
            Entries = Math.Min(Most, Entries * 2);
    }
}
