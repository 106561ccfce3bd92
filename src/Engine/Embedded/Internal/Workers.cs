using Gristmill.Runtime;

namespace Gristmill.Embedded;

/// <summary>
/// The threads that step subtasks. Each has subtasks of its own, for the sake of its caches, and helps with the others'
/// when none of its own can go on, or one is behind (<see cref="ReadingTurns"/>). Threads without work sleep until
/// something wakes them.
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
        ReadingTurns?[] turns = [.. Enumerable.Range(0, _subtasks.Length).Select(i => i % count == index ? TurnsOf(i) : null)];
        int spins = 0;
        while (!_stopping)
        {
            if (StepOwn(index, turns) || StepOthers(index))
                spins = 0;
            else if (++spins < Spins)
                Thread.SpinWait(50);
            else
                Sleep(index, turns);
        }
    }

    private ReadingTurns? TurnsOf(int own)
    {
        if (_subtasks[own] is not SourceSubtask source)
            return null;
        IEnumerable<int> others = Enumerable.Range(0, _subtasks.Length).Where(i => i % count != own % count && _subtasks[i].Task == source.Task);
        return new ReadingTurns(own, [.. others], i => _subtasks[i].Watermark);
    }

    private bool StepOwn(int index, ReadingTurns?[] turns)
    {
        bool worked = false;
        for (int i = index; i < _subtasks.Length; i += count)
            worked |= turns[i] is { } its ? StepSource(i, its) : StepInARow(_subtasks[i]);
        return worked;
    }

    /// <summary>What a subtask was sent is taken while it is still in the cache, before more is read.</summary>
    private bool StepInARow(Subtask subtask)
    {
        bool worked = false;
        for (int steps = 0; steps < StepsInARow && !_stopping && TryStep(subtask) == true; steps++)
            worked = true;
        return worked;
    }

    private bool StepSource(int own, ReadingTurns turns)
    {
        int next = turns.Next();
        if (next != own)
        {
            bool? worked = TryStep(_subtasks[next]);
            turns.Came(next, worked);
            if (worked == true)
                return true;
        }

        return TryStep(_subtasks[own]) == true;
    }

    private bool StepOthers(int index)
    {
        for (int i = 0; i < _subtasks.Length; i++)
        {
            if (i % count != index && TryStep(_subtasks[i]) == true)
                return true;
        }

        return false;
    }

    /// <returns>Whether it could do something; null: another worker is in it.</returns>
    private static bool? TryStep(Subtask subtask)
    {
        if (Volatile.Read(ref subtask.Claimed) != 0 || Interlocked.CompareExchange(ref subtask.Claimed, 1, 0) != 0)
            return null;
        try
        {
            return subtask.Step() == StepResult.Worked;
        }
        finally
        {
            Volatile.Write(ref subtask.Claimed, 0);
        }
    }

    private void Sleep(int index, ReadingTurns?[] turns)
    {
        Interlocked.Increment(ref _sleeping);
        try
        {
            // Look around once more, then sleep unless somebody was woken meanwhile: what comes after the look finds a
            // sleeper. A count, not a flag: another worker on its way to sleep must not take this one's wake-up back.
            long seen = Volatile.Read(ref _wakes);
            if (_stopping || StepOwn(index, turns) || StepOthers(index))
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
