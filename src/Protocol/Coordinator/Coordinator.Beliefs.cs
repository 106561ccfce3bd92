namespace Gristmill.Protocol;

/// <content>What holds after every event; asserted in production.</content>
public static partial class Coordinator
{
    private static void CheckBeliefs(CoordinatorState before, CoordinatorState after)
    {
        // A planted mutant is to be found by a test's oracle, not by the assertion that happens to name it.
        if (after.Options.Faults != ProtocolFaults.None) return;

        Invariant.Holds(after.Generation == before.Generation, "A coordinator keeps its generation.");
        Invariant.Holds(after.NextId >= before.NextId, "Checkpoint numbers only grow.");
        Invariant.Holds(after.LastCommitted >= before.LastCommitted, "The head only moves forward.");
        Invariant.Holds(after.Open.Length <= after.Options.MaxConcurrent, "No more checkpoints are open than allowed.");
        Invariant.Holds(Unanswered(after) <= MaxRequests, "The unanswered requests are bounded.");
        Invariant.Holds(!after.IsOver || (after.Open.IsEmpty && after.Waiting.IsEmpty), "What is over leaves nothing open.");

        var previous = CheckpointId.None;
        foreach (var open in after.Open)
        {
            CheckBeliefs(after, open);
            Invariant.Holds(open.Id > previous, "Open checkpoints stand in the order of their numbers.");
            Invariant.Holds(open.CanAbort || previous == CheckpointId.None, "Only the oldest open checkpoint is committed.");
            previous = open.Id;
        }
    }

    private static void CheckBeliefs(CoordinatorState state, OpenCheckpoint open)
    {
        Invariant.Holds(open.Id < state.NextId, "An open checkpoint was issued.");
        Invariant.Holds(
            open.Stage == CheckpointStage.Applying ? open.Id == state.LastCommitted : open.Id > state.LastCommitted,
            "The checkpoint being applied is the newest committed one, and every other open one is newer.");
        Invariant.Holds(
            open.Acks.IsFull == open.Stage > CheckpointStage.Acknowledging,
            "A checkpoint goes on exactly when all subtasks have acknowledged it.");
        Invariant.Holds(!open.IsLast || open.Id.Next == state.NextId, "Nothing is begun behind the last checkpoint.");
    }
}
