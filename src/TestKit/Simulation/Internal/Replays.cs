using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;
using Gristmill.Protocol;

namespace Gristmill.TestKit.Simulation;

/// <summary>
/// Goes back to each checkpoint that is retained when a run is over, on a copy of its store, and runs the job to its end
/// without faults: what comes must be just what had not been published then.
/// </summary>
internal sealed class Replays(ulong seed, World world, Scenario scenario, ICheckpointStore store, Processes run, int usualSteps, ProtocolFaults mutants)
{
    private const int MostSteps = 150_000;
    private readonly SeededRandom _random = new(seed ^ 0xBAC4);

    // Which output is on the way to a checkpoint is known only if the job never fell back to an older one.
    private bool _isStraight;

    public void Run()
    {
        _isStraight = world.Counts.FallBacks == 0;
        foreach (ManifestReference manifest in StoreContents.Head(store, Processes.JobName)!.Committed())
        {
            world.Say($"back to checkpoint {manifest.Checkpoint}");
            var again = new World(_random.Next64(), Profile.Calm, world.Trace) { FaultsOn = false, HasVersions = scenario.Versions > 1 };
            again.AdvanceTo(world.Ticks);
            GoBackTo(manifest, again);
            if (again.Violation is { } violation)
                world.Violate($"after going back to checkpoint {manifest.Checkpoint}: {violation}");
            if (world.Violation is not null)
                return;
            world.Counts.Replays++;
        }
    }

    private void GoBackTo(ManifestReference manifest, World again)
    {
        MemoryCheckpointStore copy = StoreContents.Copy(store, Processes.JobName, new VirtualTime(again, null));
        HeadContent before = StoreContents.Head(copy, Processes.JobName)!;
        bool isSound = run.Damage.IsSound(manifest);
        ManifestReference rolled;
        try
        {
            rolled = Roll(copy, manifest, again);
        }
        catch (CorruptCheckpointException e)
        {
            if (isSound)
                again.Violate($"it is said to be damaged, but is sound: {e.Message}");
            if (StoreContents.Head(copy, Processes.JobName)!.Generation != before.Generation)
                again.Violate("the head has changed, though the checkpoint is damaged");
            return;
        }

        if (!isSound)
            again.Violate("it is damaged, and was gone back to");
        if (_random.Chance(0.5) && !TryGoBackUnderAProcess(rolled, again, copy))
        {
            copy = StoreContents.Copy(store, Processes.JobName, new VirtualTime(again, null));
            Roll(copy, manifest, again);
        }

        if (again.Violation is null)
            RunToEnd(again, Start(again, copy, manifest));
    }

    /// <summary>A process that runs the job is fenced off when the job is taken back.</summary>
    /// <returns>False: it was not the time for it, and the store holds what the process has done.</returns>
    private bool TryGoBackUnderAProcess(ManifestReference rolled, World again, MemoryCheckpointStore copy)
    {
        Processes processes = Start(again, copy, manifest: null);
        SimulatedProcess first = processes.Start();
        var scheduler = new Scheduler(again, processes);
        int steps = _random.Next(Math.Max(100, usualSteps));
        while (scheduler.Steps < steps && first.Outcome is null && scheduler.Step())
        {
        }

        // One that has not taken the job over yet would do so now, and one whose last checkpoint stands has completed.
        HeadContent head = StoreContents.Head(copy, Processes.JobName)!;
        bool isTheTime = first.Outcome is null && head.Generation == first.Master!.Progress.Generation
            && head.Committed().Any(known => known.Manifest == rolled.Manifest) && !IsComplete(copy, head.Newest!);
        if (isTheTime)
        {
            Roll(copy, rolled, again);
            processes.MayBeFenced = true;
            while (first.Outcome is null && again.Violation is null && scheduler.Steps < MostSteps && scheduler.Step())
            {
            }

            if (first.Outcome?.State != JobState.Fenced)
                again.Violate($"the process that ran meanwhile is not fenced, but {first.Outcome?.State.ToString() ?? "goes on"}");
        }

        processes.Kill(first);
        return isTheTime;
    }

    private ManifestReference Roll(MemoryCheckpointStore copy, ManifestReference manifest, World again)
    {
        Task<ManifestReference> rolled = CheckpointRollback.ApplyAsync(copy, Processes.JobName, manifest.Checkpoint, new VirtualTime(again, null), mutants, CancellationToken.None);
        if (!rolled.IsCompleted)
            throw new InvalidOperationException("The memory store completes at once.");
        ManifestReference made = rolled.GetAwaiter().GetResult();
        run.Versions.Note(made, manifest);
        return made;
    }

    /// <param name="again">The world it runs in.</param>
    /// <param name="copy">Its store.</param>
    /// <param name="manifest">The checkpoint its output goes on from; null: output is not looked at.</param>
    private Processes Start(World again, MemoryCheckpointStore copy, ManifestReference? manifest)
    {
        Scenario replayed = scenario with
        {
            MayRepeat = manifest is null,
            FirstVersion = run.Versions.OfManifest(StoreContents.Head(copy, Processes.JobName)!.Newest!.Manifest),
            Before = new OutputBefore(run.Tables, manifest is not null && _isStraight ? manifest.Checkpoint : 0),
        };
        return new Processes(again, replayed, copy, manifest is null ? null : run.Expected, mutants, run);
    }

    private void RunToEnd(World again, Processes processes)
    {
        var scheduler = new Scheduler(again, processes);
        processes.Start();
        while (again.Violation is null && !processes.IsComplete)
        {
            if (processes.Alive.Count == 0 || !scheduler.Step() || scheduler.Steps > MostSteps)
                again.Violate($"the job does not come to its end. {StuckReport.Describe(again, processes)}");
        }

        foreach (OutsideTable table in _isStraight ? processes.Tables.Values : [])
        {
            if (table.Difference() is { } difference)
                again.Violate(difference);
        }
    }

    private static bool IsComplete(MemoryCheckpointStore copy, ManifestReference manifest)
        => CheckpointJson.Read(StoreContents.Read(copy, manifest.Manifest)!, CheckpointJson.Indented.Manifest, manifest.Manifest).JobComplete;
}

/// <summary>What was published on the way to a checkpoint; 0: nothing, or nobody knows.</summary>
internal sealed record OutputBefore(IReadOnlyDictionary<string, OutsideTable> Tables, long Checkpoint);
