using Gristmill.Jobs;

namespace Gristmill.TestKit.Simulation;

/// <summary>What happens to the processes: crashes, rivals, stops and cancels, each at some step.</summary>
internal sealed class Chaos
{
    private readonly World _world;
    private readonly Processes _processes;
    private readonly int _usualSteps;
    private int _left;
    private int _nextAt;

    public Chaos(World world, Processes processes, int usualSteps)
    {
        _world = world;
        _processes = processes;
        _usualSteps = Math.Max(100, usualSteps);
        _left = world.Profile.Disturbances;
        FaultsEndAt = (_usualSteps * (2 + _left)) + 1000;
        Plan(0);
    }

    /// <summary>After so many steps all that goes wrong has gone wrong.</summary>
    public int FaultsEndAt { get; }

    public void Tick(int step)
    {
        if (_world.AllMustDie)
            KillAll();
        if (_world.FaultsOn && step >= FaultsEndAt)
            Calm();
        if (!_world.FaultsOn || _left == 0 || step < _nextAt)
            return;
        _left--;
        Plan(step);
        if (_processes.Current is { } current)
            Disturb(current);
    }

    private void Plan(int step) => _nextAt = step + _world.Random.Next(_world.Random.Chance(0.3) ? 100 : 2 * _usualSteps);

    private void Disturb(SimulatedProcess current)
    {
        int kind = _world.Random.Next(10);
        _world.Trace.Note(TraceKind.Chaos, kind, current.Number);
        switch (kind)
        {
            case 0:
                End(current, "stopped behind a last checkpoint", master => master.Stop());
                break;
            case 1:
                End(current, "cancelled", master => master.Cancel());
                break;
            case 2 or 3 or 4 or 5 when _world.Profile.HasRivals:
                _world.Counts.Rivals++;
                _world.Say($"p{current.Number} is taken for dead, but lives on");
                _processes.Start();
                if (_world.Random.Chance(0.5))
                    _world.After(TimeSpan.FromMilliseconds(_world.Random.Next(200)), current, "death of a rival", () => _processes.Kill(current));
                break;
            default:
                _processes.Kill(current);
                break;
        }
    }

    private void End(SimulatedProcess current, string how, Action<JobMaster> end)
    {
        _world.Counts.Stops++;
        _world.Say($"p{current.Number} is {how}");
        current.IsAskedToEnd = true;
        current.Post(() => end(current.Master!));
    }

    /// <summary>Options drawn for rough times, such as a timeout of some milliseconds, end with them.</summary>
    private void Calm()
    {
        _world.FaultsOn = false;
        _world.Say("from here on nothing goes wrong any more");
        KillAll();
    }

    private void KillAll()
    {
        _world.AllMustDie = false;
        foreach (SimulatedProcess process in _processes.Alive.ToList())
            _processes.Kill(process);
    }
}
