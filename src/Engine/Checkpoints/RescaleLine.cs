namespace Gristmill.Checkpoints;

/// <summary>A change of parallelism in a running job, as the history has it.</summary>
public sealed record RescaleLine
{
    /// <summary>The operator; null: the job.</summary>
    public string? Operator { get; init; }

    /// <summary>The parallelism before.</summary>
    public required int From { get; init; }

    /// <summary>The parallelism since.</summary>
    public required int To { get; init; }

    /// <summary>When the new subtasks began.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How long no record was read.</summary>
    public double StoppedMs { get; init; }

    /// <summary>The part of it until the last checkpoint before was complete.</summary>
    public double LastCheckpointMs { get; init; }

    /// <summary>Loading the state ahead, while the job went on.</summary>
    public double PreparationMs { get; init; }

    internal static RescaleLine Of(RescaleResult result) => new()
    {
        Operator = result.Operator,
        From = result.From,
        To = result.To,
        At = result.At,
        StoppedMs = Math.Round(result.Stopped.TotalMilliseconds, 3),
        LastCheckpointMs = Math.Round(result.LastCheckpoint.TotalMilliseconds, 3),
        PreparationMs = Math.Round(result.Preparation.TotalMilliseconds, 3),
    };
}
