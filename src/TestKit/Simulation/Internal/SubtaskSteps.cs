using Gristmill.Protocol;
using Gristmill.Runtime;

namespace Gristmill.TestKit.Simulation;

/// <summary>The subtasks of a process and which of them may be able to go on.</summary>
internal sealed class SubtaskSteps(World world, SimulatedProcess process)
{
    private const double SlowTurn = 0.04;
    private Subtask[] _subtasks = [];
    private bool[] _mayWork = [];
    private bool[] _isSlow = [];
    private bool[] _isBlocked = [];
    private bool _sawDelay;
    private bool _looksAround;

    public IReadOnlyList<Subtask> All => _subtasks;

    public bool IsChannelDelayed()
    {
        if (_looksAround || !world.FaultsOn || !world.Random.Chance(world.Profile.ChannelDelay))
            return false;
        return _sawDelay = true;
    }

    public void WakeAll() => Array.Fill(_mayWork, true);

    public void Stop()
    {
        _subtasks = [];
        _mayWork = [];
    }

    public void Start(IReadOnlyList<Subtask> subtasks)
    {
        _subtasks = [.. subtasks];
        _mayWork = new bool[subtasks.Count];
        _isBlocked = new bool[subtasks.Count];
        _isSlow = [.. subtasks.Select(_ => world.Random.Chance(world.Profile.SlowSubtasks))];
        WakeAll();
        if (world.FaultsOn && world.Random.Chance(world.Profile.LateTriggers))
            SendLateTrigger();
    }

    /// <summary>Steps one subtask that may be able to go on, chosen at random.</summary>
    public bool TryStep()
    {
        int first = world.Random.Next(_subtasks.Length);
        for (int i = 0; i < _subtasks.Length; i++)
        {
            int index = (first + i) % _subtasks.Length;
            if (!_mayWork[index] && _subtasks[index].WakeAtMs > world.UnixMs)
                continue;
            if (!_isSlow[index] || !world.FaultsOn || world.Random.Chance(SlowTurn))
                Step(index);
            return true;
        }

        return false;
    }

    /// <summary>The next time a subtask wants a step for, in milliseconds since 1970.</summary>
    public long NextWakeUpMs => _subtasks.Length == 0 ? long.MaxValue : _subtasks.Min(subtask => subtask.WakeAtMs);

    /// <summary>
    /// Nobody was woken: so nobody may be able to go on. A host whose threads sleep would sleep over it. Those that wait
    /// for room in an output are not asked: they are woken when half of it is free, not for every message.
    /// </summary>
    /// <returns>The subtask that could go on; null: none could.</returns>
    public Subtask? FindLostWakeUp()
    {
        _looksAround = true;
        try
        {
            for (int index = 0; index < _subtasks.Length; index++)
            {
                Subtask subtask = _subtasks[index];
                if (!_isBlocked[index] && Step(index) == StepResult.Worked)
                    return subtask;
                if (index >= _subtasks.Length)
                    break;
            }

            return null;
        }
        finally
        {
            _looksAround = false;
        }
    }

    private StepResult Step(int index)
    {
        Subtask subtask = _subtasks[index];
        bool[] mayWork = _mayWork;
        mayWork[index] = _isBlocked[index] = false;
        _sawDelay = false;
        StepResult result = StepResult.Idle;
        process.Run(() => result = subtask.Step());
        if (result == StepResult.Worked || _sawDelay)
            mayWork[index] = true;
        else if (mayWork == _mayWork)
            _isBlocked[index] = Array.Exists(subtask.Operators, op => !op.TryMakeRoom());
        world.Trace.Note(TraceKind.Step, ((long)process.Number << 32) | (uint)subtask.Number, (long)result);
        return result;
    }

    /// <summary>An order of a dead generation that was long on its way.</summary>
    private void SendLateTrigger()
    {
        long dead = process.Master!.Progress.Generation - 1;
        Subtask target = world.Random.Pick<Subtask>([.. _subtasks.Where(subtask => subtask is SourceSubtask)]);
        var late = new SubtaskCommand.Trigger(dead, world.Random.Between(1, 20), world.Random.Pick(CheckpointKind.Periodic, CheckpointKind.Stop, CheckpointKind.Final));
        world.After(TimeSpan.FromMicroseconds(world.Random.Next(20_000)), process, "late trigger", () =>
        {
            world.Say($"p{process.Number}: {target.Label} hears late of generation {dead}: {late}");
            target.Post(late);
        });
    }
}
