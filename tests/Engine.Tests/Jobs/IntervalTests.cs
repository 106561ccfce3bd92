using System.Text.RegularExpressions;

namespace Gristmill.Engine.Tests.Jobs;

/// <summary>The interval that follows from what a user wants.</summary>
public sealed partial class IntervalTests
{
    [Fact]
    public async Task An_interval_by_budget_is_measured_used_and_explained()
    {
        GristmillOptions options = Run.Options(configure: o =>
        {
            o.Checkpoints.Periodic = true;
            o.Checkpoints.Interval = TimeSpan.FromMilliseconds(1);
            o.Checkpoints.OverheadBudget = 0.5;
            o.Checkpoints.RecoveryTimeObjective = TimeSpan.FromMinutes(1);
        });
        var feed = new Feed<int>().Add(1, 2, 3);
        using EmbeddedJob job = Run.Job(job => job.From("numbers", feed).To("out", new Collected<int>()), options);
        job.Start();
        await Wait.UntilAsync(() => job.Status.Interval is not null, "a checkpoint has been measured");
        CheckpointInterval interval = job.Status.Interval!;
        Assert.True(interval.MeetsGoals);
        Assert.InRange(interval.Length, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Assert.Matches(Budget(), interval.Arithmetic);
        Assert.Contains("60.00 s - 0", interval.Arithmetic, StringComparison.Ordinal);

        // From one checkpoint each millisecond to at most ten a second.
        int before = job.CompletedCheckpoints.Count;
        await Wait.UntilAsync(() => job.CompletedCheckpoints.Count >= before + 3, "three more checkpoints");
        TimeSpan between = job.CompletedCheckpoints[before + 2].StartedAt - job.CompletedCheckpoints[before + 1].StartedAt;
        Assert.True(between >= TimeSpan.FromMilliseconds(90), $"only {between.TotalMilliseconds} ms from one to the next");
        await job.StopAsync().Soon();
    }

    [Fact]
    public void Impossible_goals_are_named()
    {
        GristmillOptions options = Run.Options(configure: o =>
        {
            o.Checkpoints.RecoveryTimeObjective = TimeSpan.FromMilliseconds(5);
            o.Checkpoints.OverheadBudget = 0.9;
            o.Checkpoints.Periodic = false;
        });
        JobConfigurationException error = Assert.Throws<JobConfigurationException>(() => Run.Job(job => job.From("numbers", InMemory.Of(1)).To("out", new Collected<int>()), options));
        Assert.Equal(3, error.Faults.Count);
    }

    [GeneratedRegex(@"ms / 50[.,]00 ?% = \d+\.\d\d s is the shortest interval of the budget")]
    private static partial Regex Budget();
}
