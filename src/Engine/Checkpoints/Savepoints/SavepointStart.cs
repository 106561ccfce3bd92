namespace Gristmill.Checkpoints;

/// <summary>
/// Where a job begins that has no checkpoint of its own yet. Once it has one it goes on from that, whatever this says; so
/// the setting may stay. To begin from the savepoint a second time, give the job another name or delete its checkpoints.
/// </summary>
/// <param name="Name">The savepoint's name.</param>
public sealed record SavepointStart(string Name)
{
    /// <summary>The job that took it. Default: null, a job of the same name.</summary>
    public string? Job { get; init; }

    /// <summary>The store it lies in. Default: null, the job's own.</summary>
    public ICheckpointStore? Store { get; init; }
}
