namespace Gristmill.TestKit.Simulation;

/// <summary>How a job is simulated.</summary>
public sealed class SimulationOptions
{
    /// <summary>How many runs: 1 or more. Default: 200.</summary>
    public int Seeds { get; set; } = 200;

    /// <summary>The first run's seed; the others follow. Default: 1.</summary>
    public ulong FirstSeed { get; set; } = 1;

    /// <summary>What may go wrong. Default: <see cref="SimulationFaults.Default"/>.</summary>
    public SimulationFaults Faults { get; set; } = SimulationFaults.Default;

    /// <summary>
    /// The mode of the job's checkpoints. At least once, only that no row is lost or invented is checked. Default: exactly once.
    /// </summary>
    public CheckpointMode Mode { get; set; }

    /// <summary>How many variants of the job there are (<see cref="SimulationContext.Variant"/>): 1 or more. Default: 1.</summary>
    public int Variants { get; set; } = 1;

    /// <summary>
    /// How many versions of the job there are (<see cref="SimulationContext.Version"/>): 1 or more. Each start draws one, so
    /// that a job goes on from what another version has written. All must give the same output. A version may be refused
    /// after a newer one has taken a checkpoint, a newer one after an older may not. Default: 1.
    /// </summary>
    public int Versions { get; set; } = 1;

    /// <summary>After how many failed runs no more are begun: 1 or more. Default: 1.</summary>
    public int StopAfterFailures { get; set; } = 1;

    /// <summary>Whether the report keeps every run's trace, not only those of failed ones. Default: false.</summary>
    public bool KeepTraces { get; set; }

    /// <summary>The command that replays a seed, for the report; by default the call that does.</summary>
    public Func<ulong, string> ReplayCommand { get; set; } = seed => $"JobSimulation.Run(build, options => {{ options.FirstSeed = {seed}; options.Seeds = 1; }})";

    /// <summary>Whether a version must be able to go on from a checkpoint of another, given first. Default: from older ones.</summary>
    internal Func<int, int, bool> GoesOnFrom { get; set; } = (written, started) => written <= started;

    /// <summary>Mutants planted in protocol and engine.</summary>
    internal Protocol.ProtocolFaults Mutants { get; set; }
}
