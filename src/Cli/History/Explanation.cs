using Gristmill.Checkpoints;

namespace Gristmill.Cli.History;

/// <summary>Says in words where the time of an attempt at a checkpoint went.</summary>
internal static class Explanation
{
    public static IReadOnlyList<string> Of(CheckpointAttempt attempt)
    {
        Breakdown parts = Breakdown.Of(attempt);
        var lines = new List<string>
        {
            $"Checkpoint {attempt.Checkpoint} ({attempt.Kind.ToString().ToLowerInvariant()}, generation {attempt.Generation}), begun {Show.Time(attempt.StartedAt)}: {Ending(attempt)} after {Show.Ms(attempt.DurationMs)} ms.",
            $"{Show.Count(attempt.PerSubtask.Count, "subtask")} wrote {Show.Bytes(attempt.PerSubtask.Sum(subtask => subtask.Bytes))} of snapshots; no subtask stood still longer than {Show.Ms(attempt.MaxPauseMs)} ms.",
        };
        if (attempt.Reason is { } reason)
            lines.Add($"Reason: {reason}");
        if (parts.Slowest is not { } slowest)
        {
            lines.Add("No subtask was through with its snapshot, so the history does not tell whose barrier was late. Look for a sink or operator that holds its inputs back.");
            return lines;
        }

        string name = $"{slowest.Operator}#{slowest.Subtask}";
        string end = parts.IsComplete ? "files durable, output staged, manifest written, head moved" : "waiting for what did not come";
        lines.Add($"The slowest subtask was {name}, through with its snapshot {Show.Ms(slowest.AckMs)} ms after the trigger:");
        lines.Add($"  {Show.Ms(parts.BarrierMs),10} ms  until its first barrier came");
        lines.Add($"  {Show.Ms(parts.AlignMs),10} ms  alignment: until the barrier had come on all its inputs");
        lines.Add($"  {Show.Ms(parts.SnapshotMs),10} ms  writing its snapshot of {Show.Bytes(slowest.Bytes)}; it stood still {Show.Ms(slowest.PauseMs)} ms of it");
        lines.Add($"  {Show.Ms(parts.StoreMs),10} ms  after the last subtask: {end}");
        lines.Add(Verdict(parts, name));
        return lines;
    }

    private static string Ending(CheckpointAttempt attempt) => attempt.Outcome switch
    {
        CheckpointOutcome.Completed => "complete",
        CheckpointOutcome.Aborted => "given up",
        _ => "failed",
    };

    private static string Verdict(Breakdown parts, string name) => parts.Cause switch
    {
        SlowPart.Missing => "Most of the time passed after the last subtask that was through: the reason above says what was missing.",
        SlowPart.Barrier => $"Most of the time went by before a barrier reached {name}: it, or an operator before it, had much queued. Look for what is slow there or behind it.",
        SlowPart.Alignment => $"Most of the time went into alignment: {name} waited for its slowest input. Look for what is slow on that input, or for a hot key.",
        SlowPart.Snapshot => $"Most of the time went into the snapshot: {name} wrote {Show.Bytes(parts.Slowest!.Bytes)}. Look at the size of its state, and at the store's throughput.",
        _ => "Most of the time went into the store, after all subtasks were through. Look at its latency and throughput, and at how much sinks stage.",
    };
}
