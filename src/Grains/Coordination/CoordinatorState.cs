namespace Gristmill.Grains;

/// <summary>What is kept of a job beside its checkpoints: whether it should run.</summary>
[GenerateSerializer]
[Alias("Gristmill.CoordinatorState")]
internal sealed class CoordinatorState
{
    [Id(0)]
    public DesiredState Desired { get; set; }

    /// <summary>Why it failed for good.</summary>
    [Id(1)]
    public string? Error { get; set; }
}

[GenerateSerializer]
internal enum DesiredState
{
    /// <summary>Nobody has said anything.</summary>
    Unknown = 0,

    Running,

    Stopped,

    Completed,

    Failed,
}
