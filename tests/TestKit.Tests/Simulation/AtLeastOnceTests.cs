using Gristmill.TestKit.Simulation;
using Gristmill.TestKit.Tests.Simulation.Topologies;

namespace Gristmill.TestKit.Tests.Simulation;

public sealed class AtLeastOnceTests
{
    [Fact]
    public void Without_alignment_no_row_of_a_stateless_job_is_lost()
    {
        SimulationReport report = JobSimulation.Run(new Stateless().Build, options =>
        {
            options.Mode = CheckpointMode.AtLeastOnce;
            options.Variants = Topology.Variants;
        });
        report.ThrowIfFailed();
    }
}
