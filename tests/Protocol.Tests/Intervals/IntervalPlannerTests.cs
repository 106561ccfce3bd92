namespace Gristmill.Protocol.Tests.Intervals;

public sealed class IntervalPlannerTests
{
    private static readonly IntervalMeasures Measured = new(CostMs: 20, DurationMs: 300, DetectionMs: 100, RestoreMs: 900, ReplaySpeed: 1);

    [Fact]
    public void With_a_budget_checkpoints_are_as_frequent_as_it_allows()
        => Assert.Equal(2_000, Plan(null, 0.01, Measured).IntervalMs);

    [Fact]
    public void With_a_recovery_time_checkpoints_are_as_rare_as_it_allows()
        => Assert.Equal(10_000 - 100 - 900 - 300, Plan(10_000, null, Measured).IntervalMs);

    [Fact]
    public void What_can_be_read_again_faster_may_be_more()
        => Assert.Equal(9_000 * 3 - 300, Plan(10_000, null, Measured with { ReplaySpeed = 3 }).IntervalMs);

    [Fact]
    public void With_both_the_budget_decides_as_long_as_recovery_is_in_time()
    {
        IntervalPlan plan = Plan(10_000, 0.01, Measured);
        Assert.Equal(2_000, plan.IntervalMs);
        Assert.True(plan.MeetsGoals);
    }

    [Theory]
    [InlineData(null, 0.1)]
    [InlineData(2_000L, 0.1)]
    [InlineData(2_000L, null)]
    public void A_part_of_a_millisecond_is_rounded_so_that_the_goals_are_met(long? recoveryMs, double? budget)
    {
        IntervalPlan plan = Plan(recoveryMs, budget, Measured with { CostMs = 12.37, DurationMs = 300.6 });
        Assert.Equal(budget is null ? 699 : 124, plan.IntervalMs);
        Assert.True(plan.MeetsGoals);
    }

    [Fact]
    public void Where_both_can_not_be_had_recovery_goes_first_and_it_is_said()
    {
        IntervalPlan plan = Plan(2_000, 0.01, Measured);
        Assert.Equal(700, plan.IntervalMs);
        Assert.False(plan.MeetsGoals);
    }

    [Fact]
    public void A_recovery_time_that_no_interval_meets_gives_the_shortest_one_and_it_is_said()
    {
        IntervalPlan plan = Plan(500, null, Measured);
        Assert.Equal(100, plan.IntervalMs);
        Assert.True(plan.NoLongerThanMs < 0);
        Assert.False(plan.MeetsGoals);
    }

    [Fact]
    public void No_interval_is_longer_than_the_longest()
        => Assert.Equal(3_600_000, Plan(100_000_000, null, Measured).IntervalMs);

    [Fact]
    public void A_changed_interval_moves_the_next_periodic_checkpoint()
    {
        CoordinatorState state = Coordinator.Create(new Generation(1), new CoordinatorOptions { Subtasks = 1, FirstCheckpoint = new CheckpointId(1), IntervalMs = 10_000 });
        state = Coordinator.Step(state, 1_000, new CoordinatorEvent.Started()).State;
        CoordinatorStep step = Coordinator.Step(state, 3_000, new CoordinatorEvent.IntervalChanged(5_000));
        Assert.Contains(new CoordinatorAction.WakeAt(6_000), step.Actions);
        Assert.Contains(Coordinator.Step(step.State, 6_000, new CoordinatorEvent.Tick()).Actions, action => action is CoordinatorAction.IssueBarriers);
    }

    private static IntervalPlan Plan(long? recoveryMs, double? budget, IntervalMeasures measured)
        => IntervalPlanner.Plan(new IntervalGoal(recoveryMs, budget, 100, 3_600_000), measured);
}
