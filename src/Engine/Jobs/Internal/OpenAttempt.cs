using Gristmill.Checkpoints;
using Gristmill.Runtime;

namespace Gristmill.Jobs;

/// <summary>A checkpoint under way.</summary>
internal sealed class OpenAttempt(long checkpoint, Protocol.CheckpointKind kind, CheckpointWriter writer, DateTimeOffset startedAt, long started)
{
    public long Checkpoint { get; } = checkpoint;

    public Protocol.CheckpointKind Kind { get; } = kind;

    public CheckpointWriter Writer { get; } = writer;

    /// <summary>Its manifest, once stored.</summary>
    public ManifestReference? Reference { get; set; }

    /// <summary>The attempt as a line of the history.</summary>
    public CheckpointAttempt Describe(string job, long generation, CheckpointOutcome outcome, string? reason, TimeProvider time)
    {
        List<SubtaskAttempt> subtasks = [.. Writer.Written.Select(written => new SubtaskAttempt
        {
            Operator = written.Subtask.Task.Head.Label,
            Subtask = written.Subtask.Index,
            Bytes = written.Snapshot.Times.Bytes,
            PauseMs = Math.Round(written.Snapshot.Times.PauseMs, 3),
            AlignMs = Math.Round(written.Snapshot.Times.AlignMs, 3),
            SnapshotMs = Math.Round(written.Snapshot.Times.SnapshotMs, 3),
            AckMs = Math.Round(written.Snapshot.Times.AckMs, 3),
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
            Bytes = Writer.Bytes,
            MaxPauseMs = subtasks.Select(subtask => subtask.PauseMs).DefaultIfEmpty().Max(),
            SlowestSubtask = slowest is null ? null : $"{slowest.Operator}#{slowest.Subtask}",
            SlowestMs = slowest?.AckMs ?? 0,
            AlignmentMs = subtasks.Select(subtask => subtask.AlignMs).DefaultIfEmpty().Max(),
            PerSubtask = subtasks,
        };
    }

    /// <summary>When a subtask was through with its snapshot, counted from the trigger.</summary>
    public void NoteAck(SubtaskSnapshot snapshot, TimeProvider time) => snapshot.Times.AckMs = time.GetElapsedTime(started).TotalMilliseconds;
}
