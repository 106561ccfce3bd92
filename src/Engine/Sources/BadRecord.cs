namespace Gristmill;

/// <summary>Input that could not be made into a record.</summary>
/// <param name="Origin">The file, topic or table it is from.</param>
/// <param name="Line">Its line, offset or row there; lines count from 1.</param>
/// <param name="Text">The raw text as far as it could be read.</param>
/// <param name="Reason">Why it was refused, naming the field and value.</param>
public sealed record BadRecord(string Origin, long Line, string Text, string Reason);

/// <summary>What to do with input that can't be made into a record.</summary>
public enum BadRecordPolicy
{
    /// <summary>The job fails and is not restarted: the same input would fail again.</summary>
    Fail,

    /// <summary>It is counted and left out.</summary>
    Skip,

    /// <summary>It goes to the stream of dead letters, exactly once like any other record.</summary>
    DeadLetter,
}

/// <summary>A bad record met the policy <see cref="BadRecordPolicy.Fail"/>.</summary>
public sealed class BadRecordException : Exception
{
    /// <summary>Creates the error for a bad record.</summary>
    public BadRecordException(string operatorName, BadRecord bad)
        : base($"Source '{operatorName}': bad record at {bad.Origin}, line {bad.Line}: {bad.Reason} Text: '{Shorten(bad.Text)}'. "
            + "Mend the input, or choose .OnBadRecord(BadRecordPolicy.Skip) or .DeadLetters(...) at the source.")
        => Bad = bad;

    /// <summary>The bad record.</summary>
    public BadRecord Bad { get; }

    private static string Shorten(string text) => text.Length <= 200 ? text : string.Concat(text.AsSpan(0, 200), "…");
}
