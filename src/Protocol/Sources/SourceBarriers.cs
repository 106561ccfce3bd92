namespace Gristmill.Protocol;

/// <summary>What a source knows about barriers.</summary>
/// <param name="Generation">The generation it runs in.</param>
/// <param name="LastInjected">The newest barrier it has injected; at first the last number used before the generation's
/// own (<see cref="CoordinatorOptions.FirstCheckpoint"/> - 1).</param>
/// <param name="Halted">Whether it has injected the barrier of a stop or of the end, behind which nothing is emitted.</param>
public sealed record SourceState(Generation Generation, CheckpointId LastInjected, bool Halted = false)
{
    /// <summary>Mutants planted by a test.</summary>
    internal ProtocolFaults Faults { get; init; }
}

/// <summary>What a source does with an order to inject a barrier.</summary>
/// <param name="State">The state from now on.</param>
/// <param name="Inject">The barrier to put behind what was emitted, after noting the position; null: none.</param>
/// <param name="Ignored">Why there is none.</param>
public readonly record struct SourceStep(SourceState State, CheckpointId? Inject, IgnoreReason Ignored);

/// <summary>
/// Orders to inject a barrier may be lost, doubled, late or of a dead generation. A source injects each number once and
/// in rising order; one that was lost is never made up for once a newer one has gone out, since its place is past.
/// </summary>
public static class SourceBarriers
{
    /// <summary>Takes an order (<see cref="CoordinatorAction.IssueBarriers"/>).</summary>
    public static SourceStep Trigger(SourceState state, Generation generation, CheckpointId checkpoint, CheckpointKind kind)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (!Fence.Accepts(state.Generation, generation) && (state.Faults & ProtocolFaults.SkipGenerationCheck) == 0)
            return new SourceStep(state, null, IgnoreReason.OtherGeneration);
        if (checkpoint <= state.LastInjected)
            return new SourceStep(state, null, checkpoint == state.LastInjected ? IgnoreReason.Duplicate : IgnoreReason.Stale);

        // Once halted it stays so, even if that checkpoint fails: what comes next is the same stop or end again.
        var halts = state.Halted || kind is CheckpointKind.Stop or CheckpointKind.Final;
        return new SourceStep(state with { LastInjected = checkpoint, Halted = halts }, checkpoint, IgnoreReason.None);
    }
}
