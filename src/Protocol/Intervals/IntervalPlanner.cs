namespace Gristmill.Protocol;

/// <summary>What a user wants of checkpoints, in place of an interval. Times are milliseconds.</summary>
/// <param name="RecoveryTimeMs">From a failure until the job is where it would have been: at most this; null: no matter.</param>
/// <param name="OverheadBudget">The part of a subtask's time checkpoints may take, more than 0 to 1; null: no matter.</param>
/// <param name="LeastMs">No interval is shorter.</param>
/// <param name="MostMs">No interval is longer.</param>
public sealed record IntervalGoal(long? RecoveryTimeMs, double? OverheadBudget, long LeastMs, long MostMs);

/// <summary>What the running job shows. Times are milliseconds.</summary>
/// <param name="CostMs">How long the subtask that pays most is kept from its records by one checkpoint.</param>
/// <param name="DurationMs">From a checkpoint's barriers to its commit.</param>
/// <param name="DetectionMs">How long a failure goes unnoticed, and what a restart waits.</param>
/// <param name="RestoreMs">How long a restore of the newest checkpoint would take.</param>
/// <param name="ReplaySpeed">How many times faster than now records can be read again; at least 1.</param>
public readonly record struct IntervalMeasures(double CostMs, double DurationMs, double DetectionMs, double RestoreMs, double ReplaySpeed);

/// <summary>The interval that follows.</summary>
/// <param name="IntervalMs">From the start of one checkpoint to the start of the next.</param>
/// <param name="NoShorterThanMs">What the budget allows; null without one.</param>
/// <param name="NoLongerThanMs">What the recovery time allows; null without one. Less than 0: it can't be met, whatever the interval.</param>
public readonly record struct IntervalPlan(long IntervalMs, double? NoShorterThanMs, double? NoLongerThanMs)
{
    /// <summary>Whether both goals are met.</summary>
    public bool MeetsGoals => (NoLongerThanMs is not { } most || IntervalMs <= most) && (NoShorterThanMs is not { } least || IntervalMs >= least);
}

/// <summary>
/// Chooses the interval between checkpoints. A failure just before a commit costs detection, restore, and reading again what
/// came in an interval and a checkpoint's duration: detection + restore + (interval + duration) / speed. A checkpoint costs
/// its cost each interval.
/// </summary>
public static class IntervalPlanner
{
    /// <summary>Plans from what was measured. Recovery goes before overhead where both can't be had.</summary>
    public static IntervalPlan Plan(IntervalGoal goal, IntervalMeasures measured)
    {
        ArgumentNullException.ThrowIfNull(goal);
        Invariant.Holds(goal.LeastMs >= 1 && goal.MostMs >= goal.LeastMs, "The shortest interval is at least 1 ms and at most the longest.");
        Invariant.Holds(measured.ReplaySpeed >= 1, "Records can be read again at least as fast as now.");
        double? longest = goal.RecoveryTimeMs is { } wanted
            ? (wanted - measured.DetectionMs - measured.RestoreMs) * measured.ReplaySpeed - measured.DurationMs
            : null;
        double? shortest = goal.OverheadBudget is { } budget ? measured.CostMs / budget : null;

        // With a budget as often as it allows, for then a failure costs least; else as seldom as recovery allows.
        // Rounded to the side that keeps the goal, which for the budget is up: a part of a millisecond less would break it.
        double chosen = Math.Min(Math.Ceiling(shortest ?? double.MaxValue), longest ?? double.MaxValue);
        return new IntervalPlan((long)Math.Clamp(chosen, goal.LeastMs, goal.MostMs), shortest, longest);
    }
}
