using Gristmill.GrainInterfaces;

namespace Gristmill.Grains;

/// <summary>What is kept of a job beside its checkpoints: whether it should run.</summary>
[GenerateSerializer]
[Alias("Gristmill.CoordinatorState")]
internal sealed record CoordinatorState
{
    [Id(0)]
    public DesiredState Desired { get; set; }

    /// <summary>Why it failed for good.</summary>
    [Id(1)]
    public string? Error { get; set; }

    /// <summary>The activation that launched the job last. Who is fenced finds out by it whether the rival is another activation of its grain.</summary>
    [Id(2)]
    public string? Launcher { get; set; }

    /// <summary>How the running job is to end, until it has: whoever takes it over carries that out. Null: it is to go on.</summary>
    [Id(3)]
    public StopMode? Ending { get; set; }

    /// <summary>The savepoint a stop was to leave, until the job is started again: who takes the stop over writes it too. Null: none.</summary>
    [Id(4)]
    public string? Savepoint { get; set; }
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

    /// <summary>Somebody outside the cluster has taken the job over; it stays his until it is started here again.</summary>
    Fenced,
}
