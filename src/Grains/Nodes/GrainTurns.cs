using Gristmill.Jobs;
using Gristmill.Runtime;
using Microsoft.Extensions.Logging;

namespace Gristmill.Grains;

/// <summary>
/// Steps subtasks in the turns of a grain: a few milliseconds at a time, then whatever else the grain has to do, and
/// not at all while there is nothing to do. Made in the grain's context; only wake-ups come from elsewhere.
/// </summary>
internal sealed class GrainTurns : INodeHost, IWaker, IDisposable
{
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(1);

    private readonly TaskScheduler _turns = TaskScheduler.Current;
    private readonly ITimer _alarm;
    private TaskCompletionSource? _resting;
    private int _signaled;
    private Task _stepping = Task.CompletedTask;
    private bool _stopping;

    public GrainTurns(TimeProvider time, ILoggerFactory loggers)
    {
        Time = time;
        Loggers = loggers;
        _alarm = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public TimeProvider Time { get; }

    public ILoggerFactory Loggers { get; }

    public IWaker Waker => this;

    public HostFaults Faults { get; } = new();

    public void Post(Action action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.DenyChildAttach, _turns);

    public void Start(IReadOnlyList<Subtask> subtasks) => _stepping = StepAsync([.. subtasks]);

    public Task StopAsync()
    {
        _stopping = true;
        Wake();
        return _stepping;
    }

    /// <summary>Sets the signal first and looks for a sleeper then; the sleeper does it the other way round, so no wake-up is lost.</summary>
    public void Wake()
    {
        if (Volatile.Read(ref _signaled) != 0 || Interlocked.Exchange(ref _signaled, 1) != 0)
            return;
        Volatile.Read(ref _resting)?.TrySetResult();
    }

    public void Dispose() => _alarm.Dispose();

    private async Task StepAsync(Subtask[] subtasks)
    {
        // Not within the call that starts it.
        await Task.Yield();
        while (!_stopping)
        {
            Interlocked.Exchange(ref _signaled, 0);
            if (TakeTurn(subtasks))
                await Task.Yield();
            else
                await RestAsync(subtasks);
        }
    }

    private bool TakeTurn(Subtask[] subtasks)
    {
        long started = Time.GetTimestamp();
        bool worked;
        do
        {
            worked = false;
            foreach (Subtask subtask in subtasks)
                worked |= subtask.Step() == StepResult.Worked;
        }
        while (worked && !_stopping && Time.GetElapsedTime(started) < LongestTurn);
        return worked;
    }

    private async Task RestAsync(Subtask[] subtasks)
    {
        var resting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _resting, resting);
        if (Volatile.Read(ref _signaled) == 0 && !_stopping)
        {
            long now = Time.GetUtcNow().ToUnixTimeMilliseconds();
            double wait = Math.Min(LongestRest.TotalMilliseconds, Math.Max(0, subtasks.Min(subtask => subtask.WakeAtMs) - (double)now));
            _alarm.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
            await resting.Task;
        }

        Interlocked.Exchange(ref _resting, null);
    }
}
