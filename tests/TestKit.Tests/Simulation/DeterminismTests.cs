using Gristmill.TestKit.Simulation;
using Gristmill.TestKit.Tests.Simulation.Topologies;

namespace Gristmill.TestKit.Tests.Simulation;

public sealed class DeterminismTests
{
    [Theory, MemberData(nameof(OracleTests.Topologies), MemberType = typeof(OracleTests))]
    public void The_same_seed_is_the_same_run(string name)
    {
        SimulationReport once = Swarm.Run(Topology.Of(name), seeds: 20);
        SimulationReport again = Swarm.Run(Topology.Of(name), seeds: 20);
        Assert.Equal(once.Runs.Select(run => (run.Seed, run.TraceHash)), again.Runs.Select(run => (run.Seed, run.TraceHash)));
    }

    [Fact]
    public void Keeping_the_trace_changes_nothing()
    {
        static SimulationReport Simulate(bool keep) => JobSimulation.Run(new Keyed().Build, options =>
        {
            options.Seeds = 20;
            options.KeepTraces = keep;
        });
        Assert.Equal(Simulate(keep: false).Runs.Select(run => run.TraceHash), Simulate(keep: true).Runs.Select(run => run.TraceHash));
    }

    [Fact]
    public void Another_seed_is_another_run()
    {
        SimulationReport report = Swarm.Run(new Keyed(), seeds: 20);
        Assert.Equal(report.Runs.Count, report.Runs.Select(run => run.TraceHash).Distinct().Count());
    }
}
