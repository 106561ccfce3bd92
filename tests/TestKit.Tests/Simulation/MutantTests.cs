using Gristmill.Protocol;
using Gristmill.TestKit.Simulation;
using Gristmill.TestKit.Tests.Simulation.Topologies;

namespace Gristmill.TestKit.Tests.Simulation;

/// <summary>
/// A swarm that does not find a planted mutant proves nothing. Two mutants of the protocol do not exist in this host:
/// CommitBeforeAllAcks, because the host acknowledges for all subtasks at once when their common file is complete, and
/// AcceptLateAck, because the acks of an aborted checkpoint end at its file's writer. The exhaustive model of the protocol
/// kills both.
/// </summary>
public sealed class MutantTests(ITestOutputHelper output)
{
    private const int MostSeeds = 300;

    // They change nothing where the job has one version only.
    private const ProtocolFaults OfVersions = ProtocolFaults.DefaultsForAll | ProtocolFaults.ForgetRenamedState | ProtocolFaults.BuildOnOldSchema;

    [Theory]
    [InlineData(nameof(ProtocolFaults.MoveHeadBeforeManifest))]
    [InlineData(nameof(ProtocolFaults.AlignWrongSide))]
    [InlineData(nameof(ProtocolFaults.SkipGenerationCheck))]
    [InlineData(nameof(ProtocolFaults.ApplyBeforeHead))]
    [InlineData(nameof(ProtocolFaults.ForgetStagedOutput))]
    [InlineData(nameof(ProtocolFaults.SeekSourcesOneTooFar))]
    [InlineData(nameof(ProtocolFaults.SnapshotAfterNextBatch))]
    [InlineData(nameof(ProtocolFaults.ReleaseBeforeSnapshot))]
    [InlineData(nameof(ProtocolFaults.SkipPublishAtRecovery))]
    [InlineData(nameof(ProtocolFaults.RestoreOlderCheckpoint))]
    [InlineData(nameof(ProtocolFaults.IgnoreRefusedHead))]
    [InlineData(nameof(ProtocolFaults.DropAbortedEpochs))]
    [InlineData(nameof(ProtocolFaults.BuildOnUncommitted))]
    [InlineData(nameof(ProtocolFaults.ForgetDeletions))]
    [InlineData(nameof(ProtocolFaults.ForgetOlderBlocks))]
    [InlineData(nameof(ProtocolFaults.ForgetInFlight))]
    [InlineData(nameof(ProtocolFaults.CopyBehindBarrier))]
    [InlineData(nameof(ProtocolFaults.CopyInFlightOnce))]
    [InlineData(nameof(ProtocolFaults.CopyInFlightTwice))]
    [InlineData(nameof(ProtocolFaults.RestoreInFlightLast))]
    [InlineData(nameof(ProtocolFaults.ForgetSpilledChanges))]
    [InlineData(nameof(ProtocolFaults.KeepSpilledEntries))]
    [InlineData(nameof(ProtocolFaults.RescaleFromOlderCheckpoint))]
    [InlineData(nameof(ProtocolFaults.ForgetLastChanges))]
    [InlineData(nameof(ProtocolFaults.DefaultsForAll))]
    [InlineData(nameof(ProtocolFaults.ForgetRenamedState))]
    [InlineData(nameof(ProtocolFaults.VoidTooEarly))]
    [InlineData(nameof(ProtocolFaults.RollBackInGeneration))]
    [InlineData(nameof(ProtocolFaults.BuildOnOldSchema))]
    [InlineData(nameof(ProtocolFaults.CollectForNewestOnly))]
    public void The_swarm_kills_the_mutant(string mutant)
    {
        ProtocolFaults planted = Enum.Parse<ProtocolFaults>(mutant);
        var found = new List<string>();
        foreach (Topology topology in Topology.All.Where(topology => (planted & OfVersions) == 0 || topology.Versions > 1))
        {
            SimulationReport report = Swarm.Run(topology, MostSeeds, mutants: planted);
            if (report.Failures.FirstOrDefault() is { } killed)
                found.Add($"{topology.Name}: seed {killed.Seed}: {killed.Failure!.Split('\n')[0]}");
        }

        output.WriteLine(string.Join(Environment.NewLine, found));
        Assert.NotEmpty(found);
    }
}
