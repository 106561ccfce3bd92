using Gristmill.Checkpoints;
using Gristmill.Protocol;

namespace Gristmill.TestKit.Simulation;

/// <summary>One run of one seed, from the first start to the verdict.</summary>
internal sealed class Run
{
    private const int StepsAfterFaults = 150_000;
    private const int StepsAfterCompletion = 3_000;

    // The share of runs whose retained checkpoints are gone back to in turn, which takes as long as the run itself.
    private const double Replayed = 0.2;
    private readonly World _world;
    private readonly Processes _processes;
    private readonly Chaos _chaos;
    private readonly Scheduler _scheduler;
    private readonly Replays? _replays;
    private readonly ulong _seed;

    private Run(ulong seed, Scenario scenario, SimulationFaults faults, RunResult? oracle, ProtocolFaults mutants, bool keepsTrace)
    {
        _seed = seed;
        Profile profile = oracle is null ? Profile.Calm : Profile.Draw(new SeededRandom(seed ^ 0x5EED), faults, scenario.Mode);
        _world = new World(seed, profile, new Trace(keepsTrace)) { FaultsOn = oracle is not null, HasVersions = scenario.Versions > 1 };
        var store = new MemoryCheckpointStore(new VirtualTime(_world, null));
        _processes = new Processes(_world, scenario, store, oracle?.Tables, mutants);
        _chaos = new Chaos(_world, _processes, oracle?.Steps ?? 0);
        _scheduler = new Scheduler(_world, _processes);
        if (oracle is not null && scenario.Mode == CheckpointMode.ExactlyOnce && new SeededRandom(seed ^ 0xBAC).Chance(Replayed))
            _replays = new Replays(seed, _world, scenario, store, _processes, oracle.Steps, mutants);
    }

    /// <summary>The run without faults, whose output is right.</summary>
    public static RunResult Oracle(Scenario scenario, bool keepsTrace = false)
        => new Run((ulong)scenario.Variant, scenario, SimulationFaults.None, null, ProtocolFaults.None, keepsTrace).ToEnd();

    public static RunResult Of(ulong seed, Scenario scenario, SimulationFaults faults, RunResult oracle, ProtocolFaults mutants, bool keepsTrace = false)
        => new Run(seed, scenario, faults, oracle, mutants, keepsTrace).ToEnd();

    private RunResult ToEnd()
    {
        int limit = _chaos.FaultsEndAt + StepsAfterFaults;
        while (_world.Violation is null && !_processes.IsComplete)
        {
            _chaos.Tick(_scheduler.Steps);
            if (_processes.Alive.Count == 0)
                _processes.Start();
            if (!_scheduler.Step() || _scheduler.Steps > limit)
                _world.Violate($"the job is stuck after {_scheduler.Steps} steps and {_world.NowMs} ms. {StuckReport.Describe(_world, _processes)}");
        }

        if (_world.Violation is null)
            LookAround();
        if (_world.Violation is null)
            _replays?.Run();
        return new RunResult(_seed, _world.Violation, _world.Trace.Hash, _scheduler.Steps, _world.NowMs, _world.Counts, _processes.Tables, _world.Trace.Lines);
    }

    /// <summary>All is done. What is still on its way, and a rival that has not noticed, must change nothing; nor must another start.</summary>
    private void LookAround()
    {
        if (_world.Random.Chance(0.3))
            _processes.Start();
        int until = _scheduler.Steps + StepsAfterCompletion;
        while (_world.Violation is null && _scheduler.Steps < until && _scheduler.Step())
        {
        }

        foreach (OutsideTable table in _processes.Tables.Values)
        {
            if (table.Difference() is { } difference)
                _world.Violate(difference);
        }
    }
}

/// <summary>What came of a run.</summary>
internal sealed record RunResult(
    ulong Seed, string? Violation, ulong Hash, int Steps, long VirtualMs, SimulationCounts Counts,
    IReadOnlyDictionary<string, OutsideTable> Tables, IEnumerable<string> Trace);
