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
}
