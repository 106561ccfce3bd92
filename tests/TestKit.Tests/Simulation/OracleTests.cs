using Gristmill.TestKit.Simulation;
using Gristmill.TestKit.Tests.Simulation.Topologies;

namespace Gristmill.TestKit.Tests.Simulation;

public sealed class OracleTests
{
    public static TheoryData<string> Topologies => [.. Topology.All.Select(topology => topology.Name)];

    [Theory, MemberData(nameof(Topologies))]
    public void The_run_without_faults_gives_what_plain_loops_give(string name)
    {
        Topology topology = Topology.Of(name);
        for (int variant = 0; variant < Topology.Variants; variant++)
        {
            var scenario = new Scenario(topology.Build, variant, MayRepeat: false, CheckpointMode.ExactlyOnce) { Versions = topology.Versions, FirstVersion = variant % topology.Versions };
            RunResult oracle = Run.Oracle(scenario, keepsTrace: true);
            Assert.True(oracle.Violation is null, $"{oracle.Violation}{Environment.NewLine}{string.Join(Environment.NewLine, oracle.Trace.TakeLast(60))}");
            IEnumerable<Line> rows = oracle.Tables.Values.SelectMany(table => ((OutsideTable<Line>)table).Rows);
            Assert.Equal(topology.Expected(variant).Order(ByText), rows.Order(ByText));
        }
    }

    private static Comparer<Line> ByText { get; } = Comparer<Line>.Create((one, other) => string.CompareOrdinal(one.Text, other.Text));
}
