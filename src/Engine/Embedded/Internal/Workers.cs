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

    private readonly Lock _sleepLock = new();
    private readonly ManualResetEventSlim _wake = new(false, 0);
    private Subtask[] _subtasks = [];
    private Thread[] _threads = [];
    private int _sleeping;
    private volatile bool _stopping;

    /// <summary>A full fence orders what was published before the call against the sleeper's last look around.</summary>
    public void Wake()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping) == 0)
            return;
        lock (_sleepLock)
            _wake.Set();
    }

    public void Start(IReadOnlyList<Subtask> subtasks)
    {
        _subtasks = [.. subtasks];
        _stopping = false;
        _threads = [.. Enumerable.Range(0, Math.Min(count, subtasks.Count)).Select(StartThread)];
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

    private readonly List<TaskCompletionSource> _exits = [];

    private Thread StartThread(int index)
    {
        var exit = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _exits.Add(exit);
        var thread = new Thread(() =>
        {
            Run(index);
            exit.SetResult();
        }) { IsBackground = true, Name = $"gristmill-worker-{index}" };
        thread.Start();
        return thread;
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
            worked |= TryStep(_subtasks[i]);
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
            // Reset first, look around once more, then sleep: what comes after the look finds a sleeper and wakes it.
            lock (_sleepLock)
                _wake.Reset();
            if (!_stopping && !StepOwn(index) && !StepOthers(index))
                _wake.Wait(SleepMs());
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
