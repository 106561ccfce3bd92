namespace Gristmill.GrainInterfaces;

/// <summary>How a job on a cluster fares.</summary>
[GenerateSerializer]
[Alias("Gristmill.JobReport")]
public sealed record JobReport
{
    /// <summary>The job's name.</summary>
    [Id(0)]
    public required string Job { get; init; }

    /// <summary>Where it is in its life: Starting, Running, Restarting, Completed, Stopped, Cancelled, Fenced, Failed, or NotStarted.</summary>
    [Id(1)]
    public required string State { get; init; }

    /// <summary>The running generation; 0 before the first.</summary>
    [Id(2)]
    public long Generation { get; init; }

    /// <summary>Records its sources have read since its coordinator was activated; what is read again counts again.</summary>
    [Id(3)]
    public long RecordsIn { get; init; }

    /// <summary>The event time its slowest operator has reached, in milliseconds since 1970; null before the first.</summary>
    [Id(4)]
    public long? Watermark { get; init; }

    /// <summary>The newest complete checkpoint; null before the first since its coordinator was activated.</summary>
    [Id(5)]
    public long? Checkpoint { get; init; }

    /// <summary>Checkpoints completed since its coordinator was activated.</summary>
    [Id(6)]
    public long Checkpoints { get; init; }

    /// <summary>Restarts since its coordinator was activated.</summary>
    [Id(7)]
    public int Restarts { get; init; }

    /// <summary>Why it failed; null if it has not.</summary>
    [Id(8)]
    public string? Error { get; init; }

    /// <summary>The silos its subtasks are on, in order of the subtasks' numbers.</summary>
    [Id(9)]
    public IReadOnlyList<string> Silos { get; init; } = [];

    /// <summary>Bad records met since its coordinator was activated.</summary>
    [Id(10)]
    public long BadRecords { get; init; }

    /// <summary>Late records dropped since its coordinator was activated.</summary>
    [Id(11)]
    public long LateDropped { get; init; }

    /// <summary>What the newest complete checkpoint cost; null before the first since its coordinator was activated.</summary>
    [Id(12)]
    public CheckpointReport? LastCheckpoint { get; init; }

    /// <summary>The interval chosen from <c>Checkpoints.RecoveryTimeObjective</c> and <c>OverheadBudget</c>; null while it is fixed or nothing is measured yet.</summary>
    [Id(13)]
    public IntervalReport? Interval { get; init; }

    /// <summary>How the copying to <c>Checkpoints.CopyTo</c> fares; null without one, and before the first start.</summary>
    [Id(14)]
    public CopyReport? Copy { get; init; }

    /// <summary>How long the running generation took to restore, up to its first step.</summary>
    [Id(15)]
    public TimeSpan RestoredIn { get; init; }
}

/// <summary>A complete checkpoint and what it cost.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Duration">From the trigger to the moved head.</param>
/// <param name="Bytes">What it wrote.</param>
/// <param name="MaxPause">The longest any subtask stood still for it.</param>
[GenerateSerializer, Immutable]
[Alias("Gristmill.CheckpointReport")]
public sealed record CheckpointReport(
    [property: Id(0)] long Number, [property: Id(1)] TimeSpan Duration, [property: Id(2)] long Bytes, [property: Id(3)] TimeSpan MaxPause);

/// <summary>An interval between checkpoints that follows from what the user wants and what was measured.</summary>
/// <param name="Length">From the start of one checkpoint to the start of the next.</param>
/// <param name="MeetsGoals">Whether recovery time and overhead both are as wanted.</param>
/// <param name="Arithmetic">How it was found, in words and numbers.</param>
[GenerateSerializer, Immutable]
[Alias("Gristmill.IntervalReport")]
public sealed record IntervalReport([property: Id(0)] TimeSpan Length, [property: Id(1)] bool MeetsGoals, [property: Id(2)] string Arithmetic);

/// <summary>How the copying of a job's checkpoints to a second store fares since its coordinator was activated.</summary>
/// <param name="Copied">Checkpoints copied.</param>
/// <param name="LastCheckpoint">The newest one that is complete in the second store; null if none is known to be.</param>
/// <param name="LastCopiedAt">When it was; null if none was copied since.</param>
/// <param name="Bytes">Bytes copied.</param>
/// <param name="Failures">Copies that failed.</param>
/// <param name="LastError">Why the newest copy failed; null once one succeeds.</param>
[GenerateSerializer, Immutable]
[Alias("Gristmill.CopyReport")]
public sealed record CopyReport(
    [property: Id(0)] long Copied, [property: Id(1)] long? LastCheckpoint, [property: Id(2)] DateTimeOffset? LastCopiedAt,
    [property: Id(3)] long Bytes, [property: Id(4)] long Failures, [property: Id(5)] string? LastError);
