using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <content>How checkpoints are aborted, and how the generation ends.</content>
public static partial class Coordinator
{
    private static bool HasDeadline(OpenCheckpoint open) =>
        open.Stage is CheckpointStage.Acknowledging or CheckpointStage.WritingManifest;

    private static long DeadlineMs(CoordinatorState state, OpenCheckpoint open) => Later(open.BegunMs, state.Options.TimeoutMs);

    private static void AbortOverdue(Turn turn)
    {
        foreach (var open in turn.State.Open)
        {
            if (!HasDeadline(open) || turn.State.NowMs < DeadlineMs(turn.State, open)) continue;
            AbortAsFailed(turn, open, AbortReason.TimedOut, Missing(turn.State, open));
            if (turn.State.IsOver) return;
        }
    }

    private static string Missing(CoordinatorState state, OpenCheckpoint open) =>
        open.Stage == CheckpointStage.WritingManifest
            ? $"The manifest was not stored within {state.Options.TimeoutMs} ms."
            : $"No ack within {state.Options.TimeoutMs} ms of subtasks {open.Acks.Complement()}.";

    private static IgnoreReason Decline(Turn turn, CoordinatorEvent.Declined declined)
    {
        if (IsForeign(turn.State, declined.Generation)) return IgnoreReason.OtherGeneration;
        if (turn.Find(declined.Checkpoint, out var absent) is not { } open) return absent;
        if (!open.Acks.Knows(declined.Subtask)) return IgnoreReason.UnknownIndex;

        // After its ack a subtask has nothing left to contribute, so nothing left to decline.
        if (open.Acks.Contains(declined.Subtask)) return IgnoreReason.Stale;
        if (open.Stage != CheckpointStage.Acknowledging) return IgnoreReason.WrongStage;
        AbortAsFailed(turn, open, AbortReason.Declined, $"Subtask {declined.Subtask}: {declined.Reason}");
        return IgnoreReason.None;
    }

    private static IgnoreReason ManifestFailed(Turn turn, CoordinatorEvent.ManifestFailed failed)
    {
        if (turn.Find(failed.Checkpoint, out var absent) is not { } open) return absent;
        if (open.Stage != CheckpointStage.WritingManifest) return IgnoreReason.WrongStage;
        AbortAsFailed(turn, open, AbortReason.ManifestFailed, failed.Reason);
        return IgnoreReason.None;
    }

    /// <summary>Aborts and counts. Manual requests fail with the checkpoint; a stop is wanted still and waits for the next.</summary>
    private static void AbortAsFailed(Turn turn, OpenCheckpoint open, AbortReason reason, string detail)
    {
        Abort(turn, open, reason, detail);
        var repeated = open.Answers.Where(request => request.Kind == CheckpointKind.Stop).ToImmutableArray();
        foreach (var request in open.Answers.Where(request => request.Kind != CheckpointKind.Stop))
            turn.Do(new CoordinatorAction.FailRequest(request.Id, $"{open.Id} was aborted ({reason}): {detail}"));

        turn.State = turn.State with
        {
            Waiting = repeated.AddRange(turn.State.Waiting),
            FailuresInARow = turn.State.FailuresInARow + 1,
            LastEndedMs = turn.State.NowMs,
        };
        if (turn.State.FailuresInARow > turn.State.Options.ToleratedFailures)
            Fail(turn, FailReason.TooManyFailures,
                $"{turn.State.FailuresInARow} checkpoints in a row failed; the last, {open.Id} ({reason}): {detail}");
    }

    private static void Abort(Turn turn, OpenCheckpoint open, AbortReason reason, string detail)
    {
        turn.Remove(open);
        turn.Do(new CoordinatorAction.AbortCheckpoint(open.Id, reason, detail));
    }

    private static IgnoreReason Fail(Turn turn, FailReason reason, string detail)
    {
        End(turn, CoordinatorPhase.Failed, detail);
        turn.Do(new CoordinatorAction.FailJob(reason, detail));
        return IgnoreReason.None;
    }

    private static IgnoreReason Cancel(Turn turn)
    {
        End(turn, CoordinatorPhase.Cancelled, "The job was cancelled.");
        turn.Do(new CoordinatorAction.Stopped(null));
        return IgnoreReason.None;
    }

    /// <summary>The stop's or the final checkpoint is applied: it holds all there will be, so it answers everybody.</summary>
    private static void EndWell(Turn turn, OpenCheckpoint last)
    {
        foreach (var request in turn.State.Waiting) turn.Do(new CoordinatorAction.CompleteRequest(request.Id, last.Id));
        turn.State = turn.State with { Waiting = [] };
        var complete = last.Kind == CheckpointKind.Final;
        End(turn, complete ? CoordinatorPhase.Completed : CoordinatorPhase.Stopped, "The job has ended.");
        turn.Do(complete ? new CoordinatorAction.CompleteJob(last.Id) : new CoordinatorAction.Stopped(last.Id));
    }

    /// <summary>
    /// Aborts what can be aborted and answers whoever waits. A checkpoint whose head move is under way, or whose output is
    /// being published, is not said to be aborted: it may be, or is, committed.
    /// </summary>
    private static void End(Turn turn, CoordinatorPhase phase, string reason)
    {
        foreach (var open in turn.State.Open)
        {
            if (open.CanAbort) Abort(turn, open, AbortReason.GenerationEnded, reason);
            foreach (var request in open.Answers) turn.Do(new CoordinatorAction.FailRequest(request.Id, reason));
        }

        foreach (var request in turn.State.Waiting) turn.Do(new CoordinatorAction.FailRequest(request.Id, reason));
        turn.State = turn.State with { Phase = phase, Open = [], Waiting = [] };
    }
}
