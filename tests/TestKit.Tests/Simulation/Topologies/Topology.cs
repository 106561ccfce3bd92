using Gristmill.TestKit.Simulation;

namespace Gristmill.TestKit.Tests.Simulation.Topologies;

/// <summary>A job for the swarm, with what its sinks must have at the end, worked out by plain loops.</summary>
public abstract class Topology
{
    public const int Variants = 12;

    public static Topology[] All { get; } = [new Stateless(), new Keyed(), new Windowed(), new TwoInputs(), new Diamond(), new Evolving()];

    public string Name => GetType().Name;

    /// <summary>How many versions of the job there are.</summary>
    public virtual int Versions => 1;

    /// <summary>Whether a version must be able to go on from a checkpoint of another.</summary>
    public virtual bool GoesOnFrom(int written, int started) => written <= started;

    public abstract void Build(JobBuilder job, SimulationContext sim);

    public abstract IEnumerable<Line> Expected(int variant);

    public static Topology Of(string name) => All.Single(topology => topology.Name == name);
}
