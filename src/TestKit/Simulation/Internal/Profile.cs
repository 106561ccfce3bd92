namespace Gristmill.TestKit.Simulation;

/// <summary>How rough a run is, drawn from its seed: some are calm but for one crash, some shake everything.</summary>
internal sealed class Profile
{
    public double StoreErrors { get; private init; }

    public double SinkErrors { get; private init; }

    public double UserErrors { get; private init; }

    /// <summary>How often an operation of store or sink is over at once.</summary>
    public double InstantIo { get; private init; } = 0.7;

    /// <summary>How often one takes very long.</summary>
    public double SlowIo { get; private init; }

    public double ChannelDelay { get; private init; }

    /// <summary>How often a sink that has no room has none for long.</summary>
    public double LongBlocks { get; private init; }

    /// <summary>How many of the subtasks hardly ever get a turn.</summary>
    public double SlowSubtasks { get; private init; }

    /// <summary>How many microseconds a step takes at most.</summary>
    public int StepMicroseconds { get; private init; } = 20;

    /// <summary>Between two records of a split; 0: all are there at once.</summary>
    public long PaceMicroseconds { get; private init; }

    public int Disturbances { get; private init; }

    /// <summary>Whether a process may live on beside its successor.</summary>
    public bool HasRivals { get; private init; }

    public CheckpointMode Mode { get; init; }

    /// <summary>How often a new generation hears late messages of the one before.</summary>
    public double LateTriggers { get; private init; }

    public double Damage { get; private init; }

    /// <summary>Whether parallelism is changed while the job runs.</summary>
    public bool HasRescales { get; private init; }

    public static Profile Calm { get; } = new();

    public static Profile Draw(SeededRandom random, SimulationFaults faults, CheckpointMode mode)
    {
        return new Profile
        {
            Mode = mode,
            StoreErrors = Keep(faults.HasFlag(SimulationFaults.Store), random.Pick(0, 0, 0.002, 0.02)),
            SinkErrors = Keep(faults.HasFlag(SimulationFaults.Sinks), random.Pick(0, 0, 0.02, 0.2)),
            UserErrors = Keep(faults.HasFlag(SimulationFaults.UserCode), random.Pick(0, 0, 0.001, 0.005)),
            InstantIo = random.Pick(0, 0.5, 0.9, 1),
            SlowIo = Keep(faults.HasFlag(SimulationFaults.Delays), random.Pick(0, 0.01, 0.05)),
            ChannelDelay = Keep(faults.HasFlag(SimulationFaults.Delays), random.Pick(0, 0.1, 0.5, 0.8)),
            LongBlocks = Keep(faults.HasFlag(SimulationFaults.Delays), random.Pick(0, 0.1, 0.5)),
            SlowSubtasks = Keep(faults.HasFlag(SimulationFaults.Delays), random.Pick(0, 0.2, 0.5)),
            StepMicroseconds = random.Pick(2, 20, 200, 1000),
            PaceMicroseconds = random.Pick(0, 200, 500, 2000),
            Disturbances = faults.HasFlag(SimulationFaults.Crashes) ? random.Pick(0, 1, 1, 2, 3, 5) : 0,
            HasRivals = random.Chance(0.6),
            LateTriggers = Keep(faults.HasFlag(SimulationFaults.Crashes), 0.5),
            Damage = Keep(faults.HasFlag(SimulationFaults.Damage), 0.5),
            HasRescales = random.Chance(0.5) && faults.HasFlag(SimulationFaults.Crashes),
        };
    }

    private static double Keep(bool wanted, double drawn) => wanted ? drawn : 0;
}
