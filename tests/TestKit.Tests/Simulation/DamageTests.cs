using Gristmill.TestKit.Simulation;
using Gristmill.TestKit.Tests.Simulation.Topologies;

namespace Gristmill.TestKit.Tests.Simulation;

public sealed class DamageTests(ITestOutputHelper output)
{
    [Theory, MemberData(nameof(OracleTests.Topologies), MemberType = typeof(OracleTests))]
    public void A_damaged_checkpoint_costs_repeated_output_but_loses_and_invents_none(string name)
    {
        SimulationReport report = Swarm.Run(Topology.Of(name), seeds: Swarm.SeedsOr(60), faults: SimulationFaults.Default | SimulationFaults.Damage);
        output.WriteLine(report.ToString());
        report.ThrowIfFailed();
        Assert.Contains(report.Runs, run => run.Counts.FallBacks > 0);
        Assert.Contains(report.Runs, run => run.Counts.Backups > 0);
    }
}
