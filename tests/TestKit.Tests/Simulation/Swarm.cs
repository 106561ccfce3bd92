using System.Globalization;
using Gristmill.Protocol;
using Gristmill.TestKit.Simulation;
using Gristmill.TestKit.Tests.Simulation.Topologies;

namespace Gristmill.TestKit.Tests.Simulation;

/// <summary>
/// Runs a topology over many seeds. GRISTMILL_SEEDS sets how many, GRISTMILL_FIRST_SEED from which, GRISTMILL_SEED
/// replays one and shows its trace; GRISTMILL_FAILURES goes on until so many have failed.
/// </summary>
internal static class Swarm
{
    public const int Seeds = 400;

    public static ulong? Replayed => Number("GRISTMILL_SEED");

    public static SimulationReport Run(
        Topology topology, int seeds = Seeds, SimulationFaults faults = SimulationFaults.Default, ProtocolFaults mutants = ProtocolFaults.None)
        => JobSimulation.Run(topology.Build, options =>
        {
            options.Variants = Topology.Variants;
            options.Versions = topology.Versions;
            options.GoesOnFrom = topology.GoesOnFrom;
            options.Seeds = Replayed is null ? seeds : 1;
            options.FirstSeed = Replayed ?? Number("GRISTMILL_FIRST_SEED") ?? 1;
            options.KeepTraces = Replayed is not null;
            options.StopAfterFailures = (int)(Number("GRISTMILL_FAILURES") ?? 1);
            options.Faults = faults;
            options.Mutants = mutants;
            string method = TestContext.Current.TestMethod?.MethodName ?? "";
            options.ReplayCommand = seed => $"GRISTMILL_SEED={seed} dotnet run --project tests/TestKit.Tests -- -showLiveOutput -method \"*.{method}\"";
        });

    public static int SeedsOr(int seeds) => (int)(Number("GRISTMILL_SEEDS") ?? (ulong)seeds);

    private static ulong? Number(string variable)
        => ulong.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;
}
