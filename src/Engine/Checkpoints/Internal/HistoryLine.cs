namespace Gristmill.Checkpoints.Internal;

/// <summary>The rule for appended lines.</summary>
internal static class HistoryLine
{
    /// <summary>Refuses a line that would be read back as several.</summary>
    public static void Validate(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        if (line.AsSpan().IndexOfAny('\r', '\n') >= 0)
            throw new ArgumentException("A line must not contain a line break.", nameof(line));
    }
}
