using Gristmill.Runtime;

namespace Gristmill.Embedded;

/// <summary>
/// The threads that step subtasks. Each has subtasks of its own, for the sake of its caches, and helps with the others'
/// when none of its own can go on. Threads without work sleep until something wakes them.
/// </summary>
internal sealed class Workers(int count, TimeProvider time) : IWaker
{
    private const int LongestSleepMs = 1000;
    private const int Spins = 20;
    private const int StepsInARow = 16;

    private readonly object _gate = new();
    private readonly List<TaskCompletionSource> _exits = [];
    private long _wakes;
    private Subtask[] _subtasks = [];
    private int _sleeping;
    private volatile bool _stopping;

    /// <summary>A full fence orders what was published before the call against the sleeper's last look around.</summary>
    public void Wake()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping) == 0)
            return;
        lock (_gate)
        {
            _wakes++;
            Monitor.PulseAll(_gate);
        }
    }

    public void Start(IReadOnlyList<Subtask> subtasks)
    {
        _subtasks = [.. subtasks];
        _stopping = false;
        for (int i = 0; i < Math.Min(count, subtasks.Count); i++)
            StartThread(i);
    }

    /// <summary>Waits, without blocking, until all threads have left.</summary>
    public Task StopAsync()
    {
        _stopping = true;
        Wake();
        Task[] left = [.. _exits.Select(exit => exit.Task)];
        _exits.Clear();
        return Task.WhenAll(left);
    }

    private void StartThread(int index)
    {
        var exit = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _exits.Add(exit);
        var thread = new Thread(() =>
        {
            Run(index);
            exit.SetResult();
        }) { IsBackground = true, Name = $"gristmill-worker-{index}" };
        thread.Start();
    }

    private void Run(int index)
    {
        int spins = 0;
        while (!_stopping)
        {
            if (StepOwn(index) || StepOthers(index))
                spins = 0;
            else if (++spins < Spins)
                Thread.SpinWait(50);
            else
                Sleep(index);
        }
    }

    private bool StepOwn(int index)
    {
        bool worked = false;
        for (int i = index; i < _subtasks.Length; i += count)
        {
            // What a subtask was sent is taken while it is still in the cache, before more is read.
            int steps = _subtasks[i] is InputSubtask ? StepsInARow : 1;
            while (steps-- > 0 && !_stopping && TryStep(_subtasks[i]))
                worked = true;
        }

        return worked;
    }

    private bool StepOthers(int index)
    {
        for (int i = 0; i < _subtasks.Length; i++)
        {
            if (i % count != index && TryStep(_subtasks[i]))
                return true;
        }

        return false;
    }

    private static bool TryStep(Subtask subtask)
    {
        if (Volatile.Read(ref subtask.Claimed) != 0 || Interlocked.CompareExchange(ref subtask.Claimed, 1, 0) != 0)
            return false;
        try
        {
            return subtask.Step() == StepResult.Worked;
        }
        finally
        {
            Volatile.Write(ref subtask.Claimed, 0);
        }
    }

    private void Sleep(int index)
    {
        Interlocked.Increment(ref _sleeping);
        try
        {
            // Look around once more, then sleep unless somebody was woken meanwhile: what comes after the look finds a
            // sleeper. A count, not a flag: another worker on its way to sleep must not take this one's wake-up back.
            long seen = Volatile.Read(ref _wakes);
            if (_stopping || StepOwn(index) || StepOthers(index))
                return;
            lock (_gate)
            {
                if (_wakes == seen && !_stopping)
                    Monitor.Wait(_gate, SleepMs());
            }
        }
        finally
        {
            Interlocked.Decrement(ref _sleeping);
        }
    }

    private int SleepMs()
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        long next = now + LongestSleepMs;
        foreach (Subtask subtask in _subtasks)
            next = Math.Min(next, subtask.WakeAtMs);
        return (int)Math.Max(0, next - now);
    }
}
