using System.Collections.Concurrent;

namespace Gristmill.Embedded;

/// <summary>The thread the coordinator's code runs on: a synchronization context, so that what it awaits comes back here.</summary>
internal sealed class ControlThread : SynchronizationContext, IDisposable
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _queue = [];
    private readonly Thread _thread;

    public ControlThread(string name)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        try
        {
            _queue.Add((d, state));
        }
        catch (Exception e) when (e is InvalidOperationException or ObjectDisposedException)
        {
            // The job has ended; nobody waits for late reports of dead threads.
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("The engine never blocks.");

    public void Dispose() => _queue.CompleteAdding();

    private void Run()
    {
        SetSynchronizationContext(this);
        foreach ((SendOrPostCallback callback, object? state) in _queue.GetConsumingEnumerable())
            callback(state);
    }
}
