namespace Gristmill.Protocol;

/// <content>From the last ack to the published output.</content>
public static partial class Coordinator
{
    private static IgnoreReason Acknowledge(Turn turn, CoordinatorEvent.Ack ack)
    {
        if (IsForeign(turn.State, ack.Generation)) return IgnoreReason.OtherGeneration;
        var open = turn.Find(ack.Checkpoint, out var absent);
        if (open is null && turn.State.Has(ProtocolFaults.AcceptLateAck) && absent == IgnoreReason.NotOpen)
            open = turn.State.Open.FirstOrDefault();
        if (open is null) return absent;
        if (!open.Acks.Knows(ack.Subtask)) return IgnoreReason.UnknownIndex;
        if (open.Acks.Contains(ack.Subtask)) return IgnoreReason.Duplicate;
        if (open.Stage != CheckpointStage.Acknowledging) return IgnoreReason.WrongStage;

        var counted = open with { Acks = open.Acks.With(ack.Subtask) };
        if (IsComplete(turn.State, counted)) counted = Complete(turn, counted);
        turn.Replace(open, counted);
        return IgnoreReason.None;
    }

    private static bool IsComplete(CoordinatorState state, OpenCheckpoint open) =>
        open.Acks.IsFull
        || (state.Has(ProtocolFaults.CommitBeforeAllAcks) && open.Acks.Count == state.Options.Subtasks - 1);

    private static OpenCheckpoint Complete(Turn turn, OpenCheckpoint open)
    {
        var early = turn.State.Has(ProtocolFaults.MoveHeadBeforeManifest);
        if (early) turn.Do(new CoordinatorAction.MoveHead(open.Id));
        turn.Do(new CoordinatorAction.WriteManifest(open.Id));
        return open with { Stage = early ? CheckpointStage.MovingHead : CheckpointStage.WritingManifest };
    }

    private static IgnoreReason ManifestWritten(Turn turn, CheckpointId id)
    {
        if (turn.Find(id, out var absent) is not { } open) return absent;
        if (open.Stage != CheckpointStage.WritingManifest) return IgnoreReason.WrongStage;
        turn.Replace(open, open with { Stage = CheckpointStage.ManifestWritten });
        return IgnoreReason.None;
    }

    /// <summary>
    /// Moves the head to the oldest checkpoint that is ready, once its predecessor's output is published. Older ones that
    /// are not ready yet can no longer be committed, since the head only moves forward: the ready one contains them.
    /// </summary>
    private static void AdvanceCommit(Turn turn)
    {
        if (turn.State.Open.Any(open => !open.CanAbort)) return;
        var ready = turn.State.Open.FirstOrDefault(open => open.Stage == CheckpointStage.ManifestWritten);
        if (ready is null) return;

        var moving = ready with { Stage = CheckpointStage.MovingHead };
        foreach (var older in turn.State.Open.Where(open => open.Id < ready.Id).Reverse())
        {
            // Whoever asked for the older one is answered by the one that contains it.
            moving = moving with { Answers = older.Answers.AddRange(moving.Answers) };
            Abort(turn, older, AbortReason.Subsumed, $"{ready.Id} was ready first.");
        }

        turn.Replace(ready, moving);
        if (turn.State.Has(ProtocolFaults.ApplyBeforeHead)) turn.Do(new CoordinatorAction.Apply(ready.Id));
        turn.Do(new CoordinatorAction.MoveHead(ready.Id));
    }

    private static IgnoreReason HeadMoved(Turn turn, CheckpointId id)
    {
        if (turn.Find(id, out var absent) is not { } open) return absent;
        if (open.Stage != CheckpointStage.MovingHead) return IgnoreReason.WrongStage;
        turn.Replace(open, open with { Stage = CheckpointStage.Applying });
        turn.State = turn.State with { LastCommitted = id, FailuresInARow = 0 };
        if (!turn.State.Has(ProtocolFaults.ApplyBeforeHead)) turn.Do(new CoordinatorAction.Apply(id));
        return IgnoreReason.None;
    }

    private static IgnoreReason HeadLost(Turn turn, CheckpointId id)
    {
        if (turn.Find(id, out var absent) is not { } open) return absent;
        if (open.Stage != CheckpointStage.MovingHead) return IgnoreReason.WrongStage;
        End(turn, CoordinatorPhase.Fenced, "A newer generation owns the job.");
        turn.Do(new CoordinatorAction.StopFenced());
        return IgnoreReason.None;
    }

    /// <summary>
    /// The checkpoint is neither aborted nor committed: the move may have happened, and may yet happen. Going on either way
    /// could be wrong, so the generation ends, and the next one settles it by taking over the head.
    /// </summary>
    private static IgnoreReason HeadUnknown(Turn turn, CoordinatorEvent.HeadUnknown unknown)
    {
        if (turn.Find(unknown.Checkpoint, out var absent) is not { } open) return absent;
        if (open.Stage != CheckpointStage.MovingHead) return IgnoreReason.WrongStage;
        return Fail(turn, FailReason.HeadUnknown, $"Whether the head moved to {open.Id} is unknown: {unknown.Reason}");
    }

    private static IgnoreReason Applied(Turn turn, CheckpointId id)
    {
        if (turn.Find(id, out var absent) is not { } open) return absent;
        if (open.Stage != CheckpointStage.Applying) return IgnoreReason.WrongStage;

        turn.Remove(open);
        turn.State = turn.State with { LastEndedMs = turn.State.NowMs };
        foreach (var request in open.Answers) turn.Do(new CoordinatorAction.CompleteRequest(request.Id, id));
        turn.Do(new CoordinatorAction.Collect());
        if (open.IsLast) EndWell(turn, open);
        return IgnoreReason.None;
    }

    private static IgnoreReason ApplyFailed(Turn turn, CoordinatorEvent.ApplyFailed failed)
    {
        if (turn.Find(failed.Checkpoint, out var absent) is not { } open) return absent;
        if (open.Stage != CheckpointStage.Applying) return IgnoreReason.WrongStage;
        return Fail(turn, FailReason.ApplyFailed, $"The output of {open.Id} is committed but not all published: {failed.Reason}");
    }
}
