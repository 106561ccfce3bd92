using Gristmill.GrainInterfaces;

namespace Gristmill.Grains.Tests;

/// <summary>A client sees of a job what the owner of an embedded one sees.</summary>
public class ReportTests
{
    [Fact]
    public async Task The_interval_that_follows_from_what_is_wanted_is_reported_with_its_arithmetic()
    {
        var shared = new Shared { Records = 1_000_000, PerSecond = 1_000 };
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(shared, silos: 2, configure: options =>
        {
            options.Checkpoints.RecoveryTimeObjective = TimeSpan.FromMinutes(1);
            options.Checkpoints.OverheadBudget = 0.1;
        });
        JobReport report = await cluster.UntilAsync(report => report.Interval is not null, "an interval");
        Assert.InRange(report.Interval!.Length, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Assert.True(report.Interval.MeetsGoals);

        // Four seconds of pings and a fifth until the restart.
        Assert.Contains("(60.00 s - 4.20 s to notice", report.Interval.Arithmetic, StringComparison.Ordinal);
        Assert.Contains("of the budget", report.Interval.Arithmetic, StringComparison.Ordinal);
        Assert.Equal(report.Checkpoint, report.LastCheckpoint!.Number);
        Assert.True(report.LastCheckpoint.Bytes > 0 && report.LastCheckpoint.Duration > TimeSpan.Zero && report.RestoredIn > TimeSpan.Zero);
    }

    [Fact]
    public async Task With_a_fixed_interval_and_one_store_nothing_is_said_of_either()
    {
        await using Cluster cluster = await Cluster.StartAsync<CountJob>(new Shared { Records = 1_000_000, PerSecond = 1_000 }, silos: 1);
        JobReport report = await cluster.UntilAsync(report => report.Checkpoints > 0, "a checkpoint");
        Assert.Null(report.Interval);
        Assert.Null(report.Copy);
    }
}
