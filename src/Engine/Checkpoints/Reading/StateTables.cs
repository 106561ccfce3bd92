namespace Gristmill.Checkpoints;

/// <summary>The names of the tables operators keep their state in. They are in every block and never change.</summary>
public static class StateTables
{
    /// <summary>A processor's states, by key.</summary>
    public const string State = "state";

    /// <summary>A window operator's accumulators, by key and start of the window.</summary>
    public const string Panes = "panes";

    /// <summary>Timers in event time, by key and time.</summary>
    public const string EventTimers = "event-timers";

    /// <summary>Timers in processing time, by key and time.</summary>
    public const string ProcessingTimers = "processing-timers";
}
