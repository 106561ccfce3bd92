namespace Gristmill.Grains;

/// <summary>Checkpoints in the memory of two silos. The same on every silo.</summary>
public sealed class ReplicatedMemoryOptions
{
    /// <summary>The store's name: stores of different names know nothing of each other. Default: <c>checkpoints</c>; letters, digits, '-', '_' and '.', 100 at most.</summary>
    public string Name { get; set; } = "checkpoints";

    /// <summary>
    /// The most bytes of checkpoints a silo holds: uploads beyond them fail, and so does their checkpoint. Default: 256 MB; 1 MB to 1 TB.
    /// </summary>
    public long MaxBytes { get; set; } = 256 << 20;

    /// <summary>How long a silo may take to answer before the store goes to others. Default: 5 s; 100 ms to 1 minute.</summary>
    public TimeSpan ReplyTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a call waits for two silos that have the store, before it fails. Default: 30 s; at least <see cref="ReplyTimeout"/>, 10 minutes at most.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether the store goes on with one copy while there is no second silo, and a warning (log 217): the loss of that silo then loses
    /// all checkpoints. Default: false; it waits for a second silo.
    /// </summary>
    public bool AllowOneCopy { get; set; }

    /// <summary>How often a silo looks whether what it holds is held twice.</summary>
    internal TimeSpan WatchInterval { get; set; } = TimeSpan.FromSeconds(2);

    internal IEnumerable<string> Problems()
    {
        if (Name is not { Length: > 0 and <= 100 } || !Name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
            yield return $"Name is '{Name}'; set 1 to 100 letters, digits, '-', '_' and '.'.";
        if (MaxBytes is < 1 << 20 or > 1L << 40)
            yield return $"MaxBytes is {MaxBytes}; set {1 << 20} (1 MB) to {1L << 40} (1 TB).";
        if (ReplyTimeout < TimeSpan.FromMilliseconds(100) || ReplyTimeout > TimeSpan.FromMinutes(1))
            yield return $"ReplyTimeout is {ReplyTimeout}; set 100 ms to 1 minute.";
        if (Patience < ReplyTimeout || Patience > TimeSpan.FromMinutes(10))
            yield return $"Patience is {Patience}; set ReplyTimeout, {ReplyTimeout}, to 10 minutes.";
    }
}
