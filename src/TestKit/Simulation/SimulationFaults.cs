namespace Gristmill.TestKit.Simulation;

/// <summary>What may go wrong in a simulated run. How often, a run's seed decides.</summary>
[Flags]
public enum SimulationFaults
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Processes die at any step, are stopped or cancelled and started again with another parallelism, live on beside their successor, or change their parallelism while they run.</summary>
    Crashes = 1,

    /// <summary>Operations of the checkpoint store fail before their effect, or after it so that nobody knows.</summary>
    Store = 2,

    /// <summary>Staging and publishing fail before, in the middle, or after.</summary>
    Sinks = 4,

    /// <summary>Sources, sinks and <see cref="SimulationContext.FailPoint"/> throw.</summary>
    UserCode = 8,

    /// <summary>Channels, stores and sinks are slow, and some subtasks hardly get a turn.</summary>
    Delays = 16,

    /// <summary>All of the above: output must be as if nothing had happened.</summary>
    Default = Crashes | Store | Sinks | UserCode | Delays,

    /// <summary>
    /// Committed checkpoints are damaged. The job falls back to older ones and says so, and output may come twice: only
    /// that none is lost or invented is checked.
    /// </summary>
    Damage = 32,
}
