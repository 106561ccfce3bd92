namespace Gristmill.Bench;

/// <summary>What to run, and how.</summary>
internal sealed record RunSettings
{
    /// <summary>The query.</summary>
    public required Query Query { get; init; }

    /// <summary>The events.</summary>
    public required EventNumbers Numbers { get; init; }

    /// <summary>Events of the run before, which is not measured; 0 for none.</summary>
    public long Warmup { get; init; }

    /// <summary>Subtasks of each operator.</summary>
    public int Parallelism { get; init; } = 1;

    /// <summary>How many keys kc counts by.</summary>
    public long Keys { get; init; } = 10_000;

    /// <summary>The part of the keys kc draws from, the first ones.</summary>
    public double Hot { get; init; } = 1;

    /// <summary>Whether each key of kc is in the state, and in a checkpoint, before the clock starts.</summary>
    public bool Preload { get; init; }

    /// <summary>Whether checkpoints hold changes only.</summary>
    public bool Incremental { get; init; } = true;

    /// <summary>Whether barriers overtake at once what is in flight.</summary>
    public bool Unaligned { get; init; }

    /// <summary>From checkpoint to checkpoint; null: only the last one.</summary>
    public TimeSpan? CheckpointInterval { get; init; }

    /// <summary>The folder for checkpoints, "memory", or null for a temporary one.</summary>
    public string? Store { get; init; }

    /// <summary>How many bytes of keyed state stay in memory; null: all.</summary>
    public long? SpillBudget { get; init; }

    /// <summary>The part of the events after which a failure is planted; null: none.</summary>
    public double? FailAt { get; init; }

    /// <summary>The part of the events after which the parallelism is changed; null: it isn't.</summary>
    public double? RescaleAt { get; init; }

    /// <summary>What the parallelism is changed to; 0 without a change.</summary>
    public int RescaleTo { get; init; }

    /// <summary>Whether the failure waits for the first checkpoint, so that there is something to go back to.</summary>
    public bool FailAfterCheckpoint { get; init; }
}

/// <summary>What a run gave and cost.</summary>
internal sealed record RunResult
{
    public required string Query { get; init; }

    public required long Events { get; init; }

    public required int Parallelism { get; init; }

    public required long Rows { get; init; }

    /// <summary>16 lower-case hexadecimal digits.</summary>
    public required string Hash { get; init; }

    public required double Seconds { get; init; }

    public required double CpuSeconds { get; init; }

    public double EventsPerSecond => Events / Seconds;

    /// <summary>How many were completed, the last one included.</summary>
    public required int Checkpoints { get; init; }

    public required double CheckpointMillisecondsMax { get; init; }

    /// <summary>The longest any subtask stood still for one.</summary>
    public required double PauseMillisecondsMax { get; init; }

    /// <summary>The median of that over the checkpoints.</summary>
    public required double PauseMillisecondsP50 { get; init; }

    /// <summary>The 99th percentile of that over the checkpoints.</summary>
    public required double PauseMillisecondsP99 { get; init; }

    /// <summary>The median of the bytes of a checkpoint.</summary>
    public required long CheckpointBytesP50 { get; init; }

    /// <summary>The median of the time a checkpoint took.</summary>
    public required double CheckpointMillisecondsP50 { get; init; }

    public required long CheckpointBytes { get; init; }

    /// <summary>From the planted failure to the first batch processed after it; null without a failure.</summary>
    public double? RecoverySeconds { get; init; }

    /// <summary>How long no record was read while the parallelism was changed; null without a change.</summary>
    public double? RescaleStopSeconds { get; init; }

    /// <summary>The part of that until the last checkpoint of the old subtasks was complete.</summary>
    public double? RescaleLastCheckpointSeconds { get; init; }

    /// <summary>The part in which the old subtasks were closed.</summary>
    public double? RescaleClosingSeconds { get; init; }

    /// <summary>The part in which the new subtasks took the state up.</summary>
    public double? RescaleRestoringSeconds { get; init; }

    /// <summary>How long the state was loaded ahead of that, while records flowed; null without a change.</summary>
    public double? RescalePreparationSeconds { get; init; }

    public required int Restarts { get; init; }
}
