namespace Gristmill.Protocol;

/// <summary>When a failed job is started again. Times are milliseconds.</summary>
public abstract record RestartPolicy
{
    private protected RestartPolicy()
    {
    }

    /// <summary>Never.</summary>
    public sealed record None : RestartPolicy;

    /// <summary>After the same delay each time, for a number of times in the life of the job.</summary>
    /// <param name="MaxAttempts">At least 0.</param>
    /// <param name="DelayMs">At least 0.</param>
    public sealed record FixedDelay(int MaxAttempts, long DelayMs) : RestartPolicy;

    /// <summary>After delays that grow with each failure, and start small again once the job has been healthy for a while.</summary>
    /// <param name="InitialDelayMs">The first delay, at least 0.</param>
    /// <param name="MaxDelayMs">No delay is longer; at least the initial one.</param>
    /// <param name="Multiplier">From one delay to the next, at least 1.</param>
    /// <param name="HealthyAfterMs">A failure this long after the restart before it counts as the first again; at least 0.</param>
    /// <param name="MaxAttempts">How many restarts without a healthy time between them; null: no bound.</param>
    public sealed record Exponential(
        long InitialDelayMs,
        long MaxDelayMs,
        double Multiplier,
        long HealthyAfterMs,
        int? MaxAttempts = null) : RestartPolicy
    {
        /// <summary>How far chance may move a delay, 0 to 1 of it either way, so that jobs do not all come back at once.
        /// Default 0.1; it counts only if the host passes a random number.</summary>
        public double Jitter { get; init; } = 0.1;
    }
}

/// <summary>What was done about failures so far.</summary>
/// <param name="Attempts">Restarts counted.</param>
/// <param name="RestartedAtMs">When the last restart was due; null before the first.</param>
public readonly record struct RestartState(int Attempts, long? RestartedAtMs);

/// <summary>What to do about a failure.</summary>
/// <param name="State">The state from now on.</param>
/// <param name="AfterMs">Restart after this time; null: give up.</param>
public readonly record struct RestartDecision(RestartState State, long? AfterMs)
{
    /// <summary>Whether the job is not started again.</summary>
    public bool GivesUp => AfterMs is null;
}
