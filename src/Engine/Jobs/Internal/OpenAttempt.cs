using Gristmill.Checkpoints;

namespace Gristmill.Jobs;

/// <summary>A checkpoint under way.</summary>
internal sealed class OpenAttempt(long checkpoint, Protocol.CheckpointKind kind, DateTimeOffset startedAt, long started)
{
    private readonly List<SubtaskTimes> _written = [];

    public long Checkpoint { get; } = checkpoint;

    public Protocol.CheckpointKind Kind { get; } = kind;

    /// <summary>The subtasks that are through with their snapshots.</summary>
    public IReadOnlyList<SubtaskTimes> Written => _written;

    /// <summary>The blocks of the nodes that are through.</summary>
    public List<BlockInfo> Blocks { get; } = [];

    /// <summary>What sinks staged.</summary>
    public List<StagedPart> Staged { get; } = [];

    public long Bytes { get; private set; }

    /// <summary>What its manifest says, once all blocks are there.</summary>
    public Manifest? Manifest { get; set; }

    /// <summary>Its manifest, once stored.</summary>
    public ManifestReference? Reference { get; set; }

    /// <summary>The attempt as a line of the history.</summary>
    public CheckpointAttempt Describe(string job, long generation, CheckpointOutcome outcome, string? reason, TimeProvider time)
    {
        List<SubtaskAttempt> subtasks = [.. _written.Select(written => new SubtaskAttempt
        {
            Operator = written.Operator,
            Subtask = written.Index,
            Bytes = written.Times.Bytes,
            Unaligned = written.Times.IsUnaligned,
            InFlightBytes = written.Times.InFlightBytes,
            PauseMs = Math.Round(written.Times.PauseMs, 3),
            AlignMs = Math.Round(written.Times.AlignMs, 3),
            SnapshotMs = Math.Round(written.Times.SnapshotMs, 3),
            AckMs = Math.Round(written.Times.AckMs, 3),
        })];
        SubtaskAttempt? slowest = subtasks.MaxBy(subtask => subtask.AckMs);
        return new CheckpointAttempt
        {
            Job = job,
            Checkpoint = Checkpoint,
            Generation = generation,
            Kind = Kind,
            Outcome = outcome,
            Reason = reason,
            StartedAt = startedAt,
            DurationMs = Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 3),
            Bytes = Bytes,
            Unaligned = subtasks.Exists(subtask => subtask.Unaligned),
            InFlightBytes = subtasks.Sum(subtask => subtask.InFlightBytes),
            MaxPauseMs = subtasks.Select(subtask => subtask.PauseMs).DefaultIfEmpty().Max(),
            SlowestSubtask = slowest is null ? null : $"{slowest.Operator}#{slowest.Subtask}",
            SlowestMs = slowest?.AckMs ?? 0,
            AlignmentMs = subtasks.Select(subtask => subtask.AlignMs).DefaultIfEmpty().Max(),
            PerSubtask = subtasks,
        };
    }

    /// <summary>A subtask is through with its snapshot; when, is counted from the trigger.</summary>
    public void Note(SubtaskTimes times, TimeProvider time)
    {
        times.Times.AckMs = time.GetElapsedTime(started).TotalMilliseconds;
        _written.Add(times);
    }

    /// <summary>A node's part is durable.</summary>
    public void Add(NodeFile file)
    {
        Blocks.AddRange(file.Blocks);
        Staged.AddRange(file.Staged);
        Bytes += file.Bytes;
    }
}
