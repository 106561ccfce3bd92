using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>What an event led to.</summary>
/// <param name="State">The state from now on.</param>
/// <param name="Actions">What the host must do, in this order.</param>
/// <param name="Ignored">Why the event itself did not count. Time that passed with it may still have led to actions.</param>
public sealed record CoordinatorStep(
    CoordinatorState State,
    ImmutableArray<CoordinatorAction> Actions,
    IgnoreReason Ignored);
