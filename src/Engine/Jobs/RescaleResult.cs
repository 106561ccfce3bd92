namespace Gristmill;

/// <summary>A change of parallelism while the job ran, and what it cost.</summary>
/// <param name="Operator">The operator whose parallelism was changed; null: that of the job.</param>
/// <param name="From">The parallelism before.</param>
/// <param name="To">The parallelism since.</param>
/// <param name="Generation">The generation that runs with it.</param>
/// <param name="Checkpoint">The checkpoint it goes on from.</param>
/// <param name="Stopped">
/// How long no record was read: from when the sources were told to read nothing more, to the first record of the new
/// subtasks. Records on their way between subtasks are still processed in the first part of it.
/// </param>
public sealed record RescaleResult(string? Operator, int From, int To, long Generation, long Checkpoint, TimeSpan Stopped)
{
    /// <summary>When the new subtasks began, UTC.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>
    /// Whether a record was there to be read within a second of the new subtasks' beginning. If not, <see cref="Stopped"/>
    /// counts up to that beginning.
    /// </summary>
    public bool HadInput { get; init; } = true;

    /// <summary>Loading the state for the new subtasks while the old ones went on; no part of <see cref="Stopped"/>.</summary>
    public TimeSpan Preparation { get; init; }

    /// <summary>The last checkpoint of the old subtasks: from its trigger to its published output.</summary>
    public TimeSpan LastCheckpoint { get; init; }

    /// <summary>Closing the old subtasks, their sources and sinks.</summary>
    public TimeSpan Closing { get; init; }

    /// <summary>Taking the job over, reading what the last checkpoint changed, and opening the new subtasks.</summary>
    public TimeSpan Restoring { get; init; }
}
