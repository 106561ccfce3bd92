namespace Gristmill.Bench;

/// <summary>
/// Records that come before the events, one a key, so that the state is there when the clock starts. Behind the last of
/// them every split waits until the gate is opened.
/// </summary>
/// <param name="records">How many there are.</param>
internal sealed class Preload(long records)
{
    private volatile bool _isOpen = records == 0;

    public static Preload None => new(0);

    public long Records => records;

    /// <summary>Whether the events behind them may be read.</summary>
    public bool IsOpen => _isOpen;

    public void Open() => _isOpen = true;
}
