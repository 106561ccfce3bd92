namespace Gristmill.Protocol;

/// <summary>Decides whether and when a failed job is started again.</summary>
public static class Restarts
{
    /// <summary>Decides about one failure.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="state">The state, at first the default.</param>
    /// <param name="failedAtMs">When the job failed.</param>
    /// <param name="random">From 0 (inclusive) to 1, for jitter; null: none.</param>
    public static RestartDecision Decide(RestartPolicy policy, RestartState state, long failedAtMs, double? random = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Invariant.Holds(random is null or (>= 0 and < 1), "The random number for jitter is from 0 to 1.");
        return policy switch
        {
            RestartPolicy.None => new RestartDecision(state, null),
            RestartPolicy.FixedDelay p => Decide(p, state, failedAtMs),
            RestartPolicy.Exponential p => Decide(p, state, failedAtMs, random),
            _ => throw new ProtocolViolationException($"There is no restart policy {policy.GetType().Name}."),
        };
    }

    private static RestartDecision Decide(RestartPolicy.FixedDelay policy, RestartState state, long failedAtMs)
    {
        Invariant.Holds(policy.MaxAttempts >= 0 && policy.DelayMs >= 0, "Attempts and delay are not negative.");
        return state.Attempts >= policy.MaxAttempts
            ? new RestartDecision(state, null)
            : Restart(state, failedAtMs, policy.DelayMs);
    }

    private static RestartDecision Decide(RestartPolicy.Exponential policy, RestartState state, long failedAtMs, double? random)
    {
        Invariant.Holds(policy.InitialDelayMs >= 0, "The initial delay is not negative.");
        Invariant.Holds(policy.MaxDelayMs >= policy.InitialDelayMs, "The longest delay is not below the first.");
        Invariant.Holds(policy.Multiplier >= 1 && double.IsFinite(policy.Multiplier), "Delays do not shrink.");
        Invariant.Holds(policy.Jitter is >= 0 and <= 1, "The jitter is from 0 to 1.");
        Invariant.Holds(policy.HealthyAfterMs >= 0, "The healthy time is not negative.");

        if (state.RestartedAtMs is { } restarted && WasHealthy(restarted, failedAtMs, policy.HealthyAfterMs)) state = default;
        if (state.Attempts >= policy.MaxAttempts) return new RestartDecision(state, null);

        // As floating point: the power overflows to infinity, which the cap then takes care of.
        var grown = policy.InitialDelayMs * Math.Pow(policy.Multiplier, state.Attempts);
        var capped = policy.InitialDelayMs == 0 ? 0 : Math.Min(grown, policy.MaxDelayMs);
        var moved = random is { } r ? capped * (1 + policy.Jitter * (2 * r - 1)) : capped;
        return Restart(state, failedAtMs, moved >= policy.MaxDelayMs ? policy.MaxDelayMs : (long)moved);
    }

    private static bool WasHealthy(long restartedAtMs, long failedAtMs, long healthyAfterMs) =>
        failedAtMs > restartedAtMs && failedAtMs - restartedAtMs >= healthyAfterMs;

    private static RestartDecision Restart(RestartState state, long failedAtMs, long delayMs) =>
        new(new RestartState(state.Attempts == int.MaxValue ? int.MaxValue : state.Attempts + 1, Later(failedAtMs, delayMs)), delayMs);

    private static long Later(long timeMs, long spanMs) => timeMs > long.MaxValue - spanMs ? long.MaxValue : timeMs + spanMs;
}
