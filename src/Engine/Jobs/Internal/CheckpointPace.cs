using System.Globalization;
using Gristmill.Protocol;

namespace Gristmill.Jobs;

/// <summary>
/// Measures what checkpoints and restores cost over all generations of a job in this process, and plans the interval from
/// it. What was not measured yet is assumed: a restore of 100 MB a second.
/// </summary>
internal sealed class CheckpointPace(CheckpointOptions options, RestartOptions restart, bool detectsByPings)
{
    private const long LeastMs = 100;
    private const long MostMs = 3_600_000;
    private const double AssumedBytesPerMs = 100_000;
    private const double PingsMs = 4_000;
    private const double Weight = 0.3;

    private double? _costMs;
    private double _durationMs;
    private double _bytesPerMs = AssumedBytesPerMs;
    private double _recordsPerMs;
    private double _mostRecordsPerMs;
    private (long Records, long AtMs)? _seen;

    /// <summary>Whether the interval follows from goals at all.</summary>
    public bool IsOn => options.RecoveryTimeObjective is not null || options.OverheadBudget is not null;

    /// <summary>The interval and the arithmetic behind it; null while it is a fixed one or nothing is measured yet.</summary>
    public CheckpointInterval? Current { get; private set; }

    /// <summary>A generation has been restored.</summary>
    public void Restored(long bytes, double elapsedMs)
    {
        // A small state says nothing about the speed of a large one.
        if (bytes > 1 << 20 && elapsedMs > 0)
            _bytesPerMs = bytes / elapsedMs;
        _seen = null;
    }

    /// <summary>A checkpoint is committed.</summary>
    /// <param name="costMs">How long the subtask that paid most was busy with it.</param>
    /// <param name="durationMs">From the barriers to the commit.</param>
    /// <param name="stateBytes">What a restore of it would read.</param>
    /// <param name="records">Records read so far by this generation.</param>
    /// <param name="nowMs">The time.</param>
    /// <returns>The interval from now on.</returns>
    public long Committed(double costMs, double durationMs, long stateBytes, long records, long nowMs)
    {
        _costMs = Blend(_costMs, costMs);
        _durationMs = Blend(_durationMs == 0 ? null : _durationMs, durationMs);
        if (_seen is { } before && nowMs > before.AtMs)
        {
            double rate = (double)(records - before.Records) / (nowMs - before.AtMs);
            _recordsPerMs = Blend(_recordsPerMs == 0 ? null : _recordsPerMs, rate);
            _mostRecordsPerMs = Math.Max(_mostRecordsPerMs, rate);
        }

        _seen = (records, nowMs);
        var measured = new IntervalMeasures(
            _costMs.Value, _durationMs, restart.Delay.TotalMilliseconds + (detectsByPings ? PingsMs : 0), stateBytes / _bytesPerMs,
            _recordsPerMs > 0 ? Math.Max(1, _mostRecordsPerMs / _recordsPerMs) : 1);
        var goal = new IntervalGoal((long?)options.RecoveryTimeObjective?.TotalMilliseconds, options.OverheadBudget, LeastMs, MostMs);
        IntervalPlan plan = IntervalPlanner.Plan(goal, measured);
        Current = new CheckpointInterval(TimeSpan.FromMilliseconds(plan.IntervalMs), plan.MeetsGoals, Explain(goal, measured, plan));
        return plan.IntervalMs;
    }

    private static double Blend(double? before, double now) => before is { } known ? known + Weight * (now - known) : now;

    private static string Explain(IntervalGoal goal, IntervalMeasures measured, IntervalPlan plan)
    {
        var parts = new List<string>();
        if (goal.OverheadBudget is { } budget)
            parts.Add(Text($"a checkpoint keeps the busiest subtask {measured.CostMs:F1} ms from its records, and {measured.CostMs:F1} ms / {budget:P2} = {plan.NoShorterThanMs / 1000:F2} s is the shortest interval of the budget"));
        if (goal.RecoveryTimeMs is { } wanted)
            parts.Add(Text($"({wanted / 1000.0:F2} s - {measured.DetectionMs / 1000:F2} s to notice - {measured.RestoreMs / 1000:F2} s to restore) x {measured.ReplaySpeed:F1} times the present speed - {measured.DurationMs / 1000:F2} s a checkpoint takes = {plan.NoLongerThanMs / 1000:F2} s is the longest interval of the recovery time"));
        parts.Add(plan.MeetsGoals ? Text($"chosen: {plan.IntervalMs / 1000.0:F2} s") : Text($"not both can be met; chosen: {plan.IntervalMs / 1000.0:F2} s"));
        return string.Join("; ", parts);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
