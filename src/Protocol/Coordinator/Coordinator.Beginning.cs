namespace Gristmill.Protocol;

/// <content>When checkpoints begin.</content>
public static partial class Coordinator
{
    private static void BeginIfDue(Turn turn)
    {
        var state = turn.State;
        if (NextKind(state) is not { } kind || state.NowMs < DueMs(state, kind)) return;

        var id = state.NextId;
        turn.State = state with
        {
            NextId = id.Next,
            LastBegunMs = state.NowMs,
            FirstGapsMs = state.FirstGapsMs is { } gap && gap < state.Options.IntervalMs ? Later(gap, gap) : null,
            Waiting = [],
            Open = state.Open.Add(new OpenCheckpoint(
                id, kind, CheckpointStage.Acknowledging, IndexSet.Empty(state.Options.Subtasks), state.NowMs, state.Waiting)),
        };
        turn.Do(new CoordinatorAction.IssueBarriers(id, kind));
    }

    /// <summary>What the next checkpoint will be for, once it is due; null if none can begin now.</summary>
    private static CheckpointKind? NextKind(CoordinatorState state)
    {
        if (state.Phase != CoordinatorPhase.Running) return null;
        if (state.Open.Length >= state.Options.MaxConcurrent) return null;
        if (state.Open.Any(open => open.IsLast)) return null;

        // The end of the input outranks a stop: the job is then complete, which is more than stopped.
        if (state.Ended.IsFull) return CheckpointKind.Final;
        if (state.StopRequested) return CheckpointKind.Stop;
        if (!state.Waiting.IsEmpty) return CheckpointKind.Manual;
        return state.Options.Periodic ? CheckpointKind.Periodic : null;
    }

    /// <summary>
    /// When a checkpoint of this kind may begin. Nobody who asks is made to wait, but what must be repeated after a
    /// failure waits for the pause, or a store that refuses everything would be asked without rest.
    /// </summary>
    private static long DueMs(CoordinatorState state, CheckpointKind kind)
    {
        var rested = state.LastEndedMs is { } ended ? Later(ended, state.Options.MinimumPauseMs) : long.MinValue;
        return kind switch
        {
            CheckpointKind.Manual => long.MinValue,
            CheckpointKind.Stop or CheckpointKind.Final => state.FailuresInARow > 0 ? rested : long.MinValue,
            _ => Math.Max(rested, Later(state.LastBegunMs, Math.Min(state.FirstGapsMs ?? long.MaxValue, state.Options.IntervalMs))),
        };
    }

    private static void AskToBeWoken(Turn turn)
    {
        var state = turn.State;
        var wake = NextKind(state) is { } kind ? DueMs(state, kind) : long.MaxValue;
        foreach (var open in state.Open)
            if (HasDeadline(open)) wake = Math.Min(wake, DeadlineMs(state, open));

        if (wake == long.MaxValue || wake == state.WakeAtMs) return;
        turn.State = state with { WakeAtMs = wake };
        turn.Do(new CoordinatorAction.WakeAt(wake));
    }

    /// <summary>A time later by a span; the end of time if there is no such time.</summary>
    private static long Later(long timeMs, long spanMs) => timeMs > long.MaxValue - spanMs ? long.MaxValue : timeMs + spanMs;
}
