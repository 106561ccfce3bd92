namespace Gristmill;

/// <summary>
/// A user's operator on a keyed stream: called for each record of a key and each timer of a key, with states and timers
/// of that key at hand. An instance belongs to one subtask and is called by one thread at a time.
/// </summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TIn">The input record.</typeparam>
/// <typeparam name="TOut">The output record.</typeparam>
public abstract class KeyedProcessor<TKey, TIn, TOut>
{
    /// <summary>Declares the processor's states, each by a name that stays the same from version to version. Called once, first.</summary>
    public virtual void Open(StateDeclarations states)
    {
    }

    /// <summary>A record of the current key.</summary>
    public abstract void OnRecord(in TIn record, ProcessorContext<TKey, TOut> context);

    /// <summary>A timer of the current key is due.</summary>
    public virtual void OnTimer(in DueTimer timer, ProcessorContext<TKey, TOut> context)
    {
    }
}

/// <summary>A user's operator on two keyed streams that share their keys and so their state.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TLeft">The first input's record.</typeparam>
/// <typeparam name="TRight">The second input's record.</typeparam>
/// <typeparam name="TOut">The output record.</typeparam>
public abstract class KeyedProcessor<TKey, TLeft, TRight, TOut>
{
    /// <summary>Declares the processor's states, each by a name that stays the same from version to version. Called once, first.</summary>
    public virtual void Open(StateDeclarations states)
    {
    }

    /// <summary>A record of the first input.</summary>
    public abstract void OnLeft(in TLeft record, ProcessorContext<TKey, TOut> context);

    /// <summary>A record of the second input.</summary>
    public abstract void OnRight(in TRight record, ProcessorContext<TKey, TOut> context);

    /// <summary>A timer of the current key is due.</summary>
    public virtual void OnTimer(in DueTimer timer, ProcessorContext<TKey, TOut> context)
    {
    }
}

/// <summary>Which clock a timer goes by.</summary>
public enum TimerKind
{
    /// <summary>The watermark: due when no earlier record is still to come.</summary>
    EventTime = 0,

    /// <summary>The host's clock.</summary>
    ProcessingTime = 1,
}

/// <summary>A timer that is due.</summary>
/// <param name="Kind">Which clock it went by.</param>
/// <param name="Time">The time it was set for, in milliseconds since 1970-01-01 UTC.</param>
public readonly record struct DueTimer(TimerKind Kind, long Time);
