namespace Gristmill.TestKit.Simulation;

/// <summary>A simulated run of a job went wrong: the job, or the engine, is not exactly-once.</summary>
public sealed class SimulationFailedException : Exception
{
    private const int LastLines = 60;

    /// <summary>Creates the error for a failed run.</summary>
    public SimulationFailedException(SimulationResult run)
        : base($"""
            Seed {run?.Seed} failed: {run?.Failure}

            Replay it with
              {run?.ReplayCommand}

            {run?.Counts}
            The last of {run?.Trace.Count} lines of its trace:
            {string.Join(Environment.NewLine, run?.Trace.TakeLast(LastLines) ?? [])}
            """)
        => Run = run!;

    /// <summary>The failed run.</summary>
    public SimulationResult Run { get; }
}
