namespace Gristmill.Protocol.Tests;

public sealed class RestartsTests
{
    private static readonly RestartPolicy.Exponential Growing = new(100, 1_000, 3, HealthyAfterMs: 5_000, MaxAttempts: 4);

    [Fact]
    public void No_policy_gives_up_at_once() =>
        Assert.True(Restarts.Decide(new RestartPolicy.None(), default, 0).GivesUp);

    [Fact]
    public void A_fixed_delay_restarts_as_often_as_allowed()
    {
        var policy = new RestartPolicy.FixedDelay(2, 50);
        Assert.Equal([50, 50, null], Delays(policy, 0, 100, 1_000_000));
    }

    [Fact]
    public void An_exponential_delay_grows_to_its_cap_and_ends_with_its_attempts() =>
        Assert.Equal([100, 300, 900, 1_000, null], Delays(Growing, 0, 500, 1_000, 2_000, 4_000));

    [Fact]
    public void A_healthy_time_starts_it_small_again() =>
        Assert.Equal([100, 300, 100, 300], Delays(Growing, 0, 500, 800 + 5_000, 6_000));

    [Fact]
    public void Attempts_without_bound_never_give_up_nor_overflow()
    {
        var state = new RestartState(int.MaxValue, long.MaxValue - 1);
        var policy = new RestartPolicy.Exponential(1, long.MaxValue, 10, 1);
        Assert.Equal(long.MaxValue, Restarts.Decide(policy, state, 0).AfterMs);
        Assert.Equal(0, Restarts.Decide(policy with { InitialDelayMs = 0 }, state, 0).AfterMs);
    }

    [Fact]
    public void Jitter_counts_only_with_a_random_number_and_stays_below_the_cap()
    {
        Assert.Equal(90, Restarts.Decide(Growing, default, 0, 0.0).AfterMs);
        Assert.Equal(100, Restarts.Decide(Growing, default, 0, 0.5).AfterMs);
        Assert.Equal(1_000, Restarts.Decide(Growing, new(3, null), 0, 0.99).AfterMs);
    }

    private static IEnumerable<long?> Delays(RestartPolicy policy, params long[] failures)
    {
        var state = default(RestartState);
        foreach (var failedAt in failures)
        {
            var decision = Restarts.Decide(policy, state, failedAt);
            state = decision.State;
            yield return decision.AfterMs;
        }
    }
}
