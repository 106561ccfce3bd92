using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>
/// Decides when checkpoints begin, complete, commit and fail; one per job and generation.
/// </summary>
/// <remarks>
/// <para>What it holds to, whatever events come in whatever order:</para>
/// <list type="number">
/// <item>The head moves to a checkpoint only when every subtask has acknowledged it and its manifest is stored.</item>
/// <item>Checkpoints are committed in the order of their numbers, and one head move is under way at most.</item>
/// <item>Output is published only after the head has moved.</item>
/// <item>The head does not move on before the output of the checkpoint it names is published. So at recovery only the
/// newest manifest can name output that is still to be published.</item>
/// <item>What may have happened is never treated as if it had not: an unknown head move or publication ends the
/// generation, and the next one looks.</item>
/// </list>
/// <para>
/// The files: Coordinator.cs takes the events, Coordinator.Beginning.cs begins checkpoints, Coordinator.Committing.cs
/// carries them from the last ack to the published output, Coordinator.Ending.cs aborts them and ends the generation.
/// </para>
/// </remarks>
public static partial class Coordinator
{
    /// <summary>How many requests may be unanswered at once; a caller that asks so often can ask again.</summary>
    public const int MaxRequests = 64;

    /// <summary>The coordinator of a new generation, before its subtasks run.</summary>
    public static CoordinatorState Create(Generation generation, CoordinatorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Invariant.Holds(generation > Generation.None, "A coordinator belongs to a generation that was taken.");
        options.Check();
        return new CoordinatorState
        {
            Generation = generation,
            Options = options,
            NextId = options.FirstCheckpoint,
            LastCommitted = new CheckpointId(options.FirstCheckpoint.Value - 1),
            Ended = IndexSet.Empty(options.Subtasks),
        };
    }

    /// <summary>Takes one event at a time. Any event is allowed in any state.</summary>
    public static CoordinatorStep Step(CoordinatorState state, long nowMs, CoordinatorEvent happened)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(happened);
        if (state.IsOver) return new CoordinatorStep(state, AnswerLate(happened), IgnoreReason.Over);

        var turn = new Turn(state with { NowMs = Math.Max(state.NowMs, nowMs) });
        turn.Ignored = Take(turn, happened);

        // Whatever came in, the same things are done next, in this order: what is overdue goes, what is ready advances,
        // what is due begins. So no event can be forgotten to lead to one of them.
        if (!turn.State.IsOver) AbortOverdue(turn);
        if (!turn.State.IsOver) AdvanceCommit(turn);
        if (!turn.State.IsOver) BeginIfDue(turn);
        if (!turn.State.IsOver) AskToBeWoken(turn);

        CheckBeliefs(state, turn.State);
        return new CoordinatorStep(turn.State, turn.Actions.DrainToImmutable(), turn.Ignored);
    }

    private static IgnoreReason Take(Turn turn, CoordinatorEvent happened) => happened switch
    {
        CoordinatorEvent.Started => Start(turn),
        CoordinatorEvent.Tick => Tick(turn),
        CoordinatorEvent.Requested e => Request(turn, e),
        CoordinatorEvent.Ack e => Acknowledge(turn, e),
        CoordinatorEvent.Declined e => Decline(turn, e),
        CoordinatorEvent.SubtaskEnded e => EndSubtask(turn, e),
        CoordinatorEvent.ManifestWritten e => ManifestWritten(turn, e.Checkpoint),
        CoordinatorEvent.ManifestFailed e => ManifestFailed(turn, e),
        CoordinatorEvent.HeadMoved e => HeadMoved(turn, e.Checkpoint),
        CoordinatorEvent.HeadLost e => HeadLost(turn, e.Checkpoint),
        CoordinatorEvent.HeadUnknown e => HeadUnknown(turn, e),
        CoordinatorEvent.Applied e => Applied(turn, e.Checkpoint),
        CoordinatorEvent.ApplyFailed e => ApplyFailed(turn, e),
        CoordinatorEvent.IntervalChanged e => ChangeInterval(turn, e),
        CoordinatorEvent.Failed e => Fail(turn, FailReason.JobFailed, e.Reason),
        CoordinatorEvent.Cancelled => Cancel(turn),
        _ => throw new ProtocolViolationException($"The coordinator knows no event {happened.GetType().Name}."),
    };

    /// <summary>Nobody waits for an answer that does not come: a request to a machine that is over is refused.</summary>
    private static ImmutableArray<CoordinatorAction> AnswerLate(CoordinatorEvent happened) =>
        happened is CoordinatorEvent.Requested request
            ? [new CoordinatorAction.FailRequest(request.RequestId, "The generation is over.")]
            : [];

    private static IgnoreReason Start(Turn turn)
    {
        if (turn.State.Phase != CoordinatorPhase.NotStarted) return IgnoreReason.AlreadyStarted;
        turn.State = turn.State with { Phase = CoordinatorPhase.Running, LastBegunMs = turn.State.NowMs, FirstGapsMs = turn.State.Options.FirstAfterMs };
        return IgnoreReason.None;
    }

    /// <summary>The timer asked for is used up. If it fired early, it is asked for again.</summary>
    private static IgnoreReason Tick(Turn turn)
    {
        turn.State = turn.State with { WakeAtMs = null };
        return IgnoreReason.None;
    }

    private static IgnoreReason Request(Turn turn, CoordinatorEvent.Requested request)
    {
        if (request.Kind is not (CheckpointKind.Manual or CheckpointKind.Stop))
        {
            turn.Do(new CoordinatorAction.FailRequest(request.RequestId, $"A {request.Kind} checkpoint cannot be asked for."));
            return IgnoreReason.NotRequestable;
        }

        if (Unanswered(turn.State) >= MaxRequests)
        {
            turn.Do(new CoordinatorAction.FailRequest(request.RequestId, $"{MaxRequests} requests are unanswered already."));
            return IgnoreReason.TooManyRequests;
        }

        turn.State = turn.State with
        {
            Waiting = turn.State.Waiting.Add(new CheckpointRequest(request.Kind, request.RequestId)),
            StopRequested = turn.State.StopRequested || request.Kind == CheckpointKind.Stop,
        };
        return IgnoreReason.None;
    }

    private static IgnoreReason ChangeInterval(Turn turn, CoordinatorEvent.IntervalChanged changed)
    {
        Invariant.Holds(changed.IntervalMs >= 1, "The checkpoint interval is at least 1 ms.");
        turn.State = turn.State with { Options = turn.State.Options with { IntervalMs = changed.IntervalMs } };
        return IgnoreReason.None;
    }

    private static IgnoreReason EndSubtask(Turn turn, CoordinatorEvent.SubtaskEnded ended)
    {
        if (IsForeign(turn.State, ended.Generation)) return IgnoreReason.OtherGeneration;
        if (!turn.State.Ended.Knows(ended.Subtask)) return IgnoreReason.UnknownIndex;
        if (turn.State.Ended.Contains(ended.Subtask)) return IgnoreReason.Duplicate;
        turn.State = turn.State with { Ended = turn.State.Ended.With(ended.Subtask) };
        return IgnoreReason.None;
    }

    private static int Unanswered(CoordinatorState state) =>
        state.Waiting.Length + state.Open.Sum(open => open.Answers.Length);

    private static bool IsForeign(CoordinatorState state, Generation generation) =>
        !Fence.Accepts(state.Generation, generation) && !state.Has(ProtocolFaults.SkipGenerationCheck);

    private static bool Has(this CoordinatorState state, ProtocolFaults fault) => (state.Options.Faults & fault) != 0;

    /// <summary>What changes while one event is taken.</summary>
    private sealed class Turn(CoordinatorState state)
    {
        public CoordinatorState State { get; set; } = state;

        public ImmutableArray<CoordinatorAction>.Builder Actions { get; } = ImmutableArray.CreateBuilder<CoordinatorAction>();

        public IgnoreReason Ignored { get; set; }

        public void Do(CoordinatorAction action) => Actions.Add(action);

        /// <summary>The open checkpoint of this number, or the reason why there is none.</summary>
        public OpenCheckpoint? Find(CheckpointId id, out IgnoreReason absent)
        {
            foreach (var open in State.Open)
                if (open.Id == id)
                {
                    absent = IgnoreReason.None;
                    return open;
                }

            absent = id >= State.NextId || id < State.Options.FirstCheckpoint ? IgnoreReason.NeverIssued : IgnoreReason.NotOpen;
            return null;
        }

        public void Replace(OpenCheckpoint old, OpenCheckpoint changed) =>
            State = State with { Open = State.Open.Replace(old, changed) };

        public void Remove(OpenCheckpoint open) => State = State with { Open = State.Open.Remove(open) };
    }
}
