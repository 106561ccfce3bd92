using Gristmill.TestKit.Simulation;
using Gristmill.TestKit.Tests.Simulation.Topologies;

namespace Gristmill.TestKit.Tests.Simulation;

/// <summary>Thousands of seeds over topologies, faults and timing. The oracle is the run without faults.</summary>
public sealed class SwarmTests(ITestOutputHelper output)
{
    [Fact]
    public void Stateless_jobs_come_out_of_anything_as_if_nothing_had_happened() => Holds(new Stateless());

    [Fact]
    public void Keyed_jobs_come_out_of_anything_as_if_nothing_had_happened() => Holds(new Keyed());

    [Fact]
    public void Windowed_jobs_come_out_of_anything_as_if_nothing_had_happened() => Holds(new Windowed());

    [Fact]
    public void Jobs_with_two_inputs_come_out_of_anything_as_if_nothing_had_happened() => Holds(new TwoInputs());

    [Fact]
    public void Diamond_jobs_come_out_of_anything_as_if_nothing_had_happened() => Holds(new Diamond());

    [Fact]
    public void Jobs_whose_version_changes_come_out_of_anything_as_if_nothing_had_happened() => Holds(new Evolving());

    private void Holds(Topology topology)
    {
        SimulationReport report = Swarm.Run(topology, Swarm.SeedsOr(Swarm.Seeds));
        output.WriteLine(report.ToString());
        foreach (SimulationResult failed in report.Failures)
            output.WriteLine($"seed {failed.Seed}: {failed.Failure}");
        if (Swarm.Replayed is not null)
            output.WriteLine(string.Join(Environment.NewLine, report.Runs[0].Trace.Append($"trace hash {report.Runs[0].TraceHash:x16}")));
        report.ThrowIfFailed();
    }
}
