namespace Gristmill;

/// <summary>Where a job is in its life.</summary>
public enum JobState
{
    /// <summary>Reading checkpoints and building its subtasks.</summary>
    Starting = 0,

    /// <summary>Running.</summary>
    Running,

    /// <summary>A part has failed; it will start again after a delay.</summary>
    Restarting,

    /// <summary>All input is read and all output published.</summary>
    Completed,

    /// <summary>Stopped after a last checkpoint; started again, it goes on from there.</summary>
    Stopped,

    /// <summary>Ended at once, without a checkpoint.</summary>
    Cancelled,

    /// <summary>Another process has taken it over.</summary>
    Fenced,

    /// <summary>Failed for good.</summary>
    Failed,
}

/// <summary>How a job fares at this moment.</summary>
/// <param name="Job">The job's name.</param>
/// <param name="State">Where it is in its life.</param>
/// <param name="Generation">The running generation; 0 before the first.</param>
/// <param name="RecordsIn">Records its sources have read since this process began.</param>
/// <param name="Watermark">The event time its slowest operator has reached, in milliseconds since 1970; null before the first.</param>
/// <param name="Checkpoints">Checkpoints completed since this process began.</param>
/// <param name="LastCheckpoint">The newest one; null before the first.</param>
/// <param name="BadRecords">Bad records met since this process began.</param>
/// <param name="LateDropped">Late records dropped since this process began.</param>
/// <param name="Restarts">Restarts since this process began.</param>
public sealed record JobStatus(
    string Job, JobState State, long Generation, long RecordsIn, long? Watermark, long Checkpoints,
    CompletedCheckpoint? LastCheckpoint, long BadRecords, long LateDropped, int Restarts)
{
    /// <summary>The interval chosen from <c>Checkpoints.RecoveryTimeObjective</c> and <c>OverheadBudget</c>; null while it is fixed or nothing is measured yet.</summary>
    public CheckpointInterval? Interval { get; init; }

    /// <summary>The parallelism of operators that don't say otherwise; 0 before the first start.</summary>
    public int Parallelism { get; init; }

    /// <summary>The last change of parallelism since this process began; null: there was none.</summary>
    public RescaleResult? LastRescale { get; init; }
}

/// <summary>An interval between checkpoints that follows from what the user wants and what was measured.</summary>
/// <param name="Length">From the start of one checkpoint to the start of the next.</param>
/// <param name="MeetsGoals">Whether recovery time and overhead both are as wanted.</param>
/// <param name="Arithmetic">How it was found, in words and numbers.</param>
public sealed record CheckpointInterval(TimeSpan Length, bool MeetsGoals, string Arithmetic);

/// <summary>A complete checkpoint and what it cost.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Duration">From the trigger to the moved head.</param>
/// <param name="Bytes">What it wrote.</param>
/// <param name="MaxPause">The longest any subtask stood still for it.</param>
public sealed record CompletedCheckpoint(long Number, TimeSpan Duration, long Bytes, TimeSpan MaxPause);

/// <summary>How a job ended.</summary>
/// <param name="State">Completed, stopped, cancelled, fenced or failed.</param>
/// <param name="WasCompleteBefore">Whether it was complete already when it was started, so that nothing was done.</param>
/// <param name="Error">Why it failed or was fenced.</param>
public sealed record JobOutcome(JobState State, bool WasCompleteBefore, Exception? Error);
