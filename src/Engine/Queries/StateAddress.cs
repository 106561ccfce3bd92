namespace Gristmill;

/// <summary>Names a state of a keyed operator, to ask for its value by key.</summary>
/// <param name="Operator">The operator's name, as the job gives it.</param>
public sealed record StateAddress(string Operator)
{
    /// <summary>The state's name, as the processor declared it. Default: null, the operator's only state.</summary>
    public string? State { get; init; }

    /// <summary>Of a window operator, the start of the window whose accumulator is asked for; null for all other operators.</summary>
    public DateTimeOffset? WindowStart { get; init; }
}

/// <summary>Which version of a state is asked for.</summary>
public enum StateView
{
    /// <summary>The operator's own, at this moment. A failure may take it back to what the last checkpoint holds.</summary>
    Live = 0,

    /// <summary>As of the newest complete checkpoint: never taken back, and there while the job does not run.</summary>
    LastCheckpoint,
}

/// <summary>The answer to a question for a state's value.</summary>
/// <typeparam name="T">The value's type.</typeparam>
/// <param name="Found">Whether the key has the state.</param>
/// <param name="Value">The value; the default where the key has none.</param>
/// <param name="Checkpoint">The checkpoint it is of; null: it is live.</param>
public sealed record StateResult<T>(bool Found, T? Value, long? Checkpoint);

/// <summary>A state can't be asked for: there is no such operator or state, the types don't fit, or the job does not run.</summary>
public sealed class StateQueryException : Exception
{
    /// <summary>Creates the error.</summary>
    public StateQueryException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
