namespace Gristmill.Grains;

/// <summary>Sees to it that there is a reminder as long as the job is wanted, and none after that, however often that fails. Runs in the coordinator's turns.</summary>
internal sealed class ReminderKeeper(Func<Task> register, Func<Task> remove, Action<Exception> failed, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _closed = new();
    private bool _wanted;
    private bool? _there;
    private bool _working;

    public void Keep(bool wanted)
    {
        _wanted = wanted;
        Work();
    }

    public void Dispose() => _closed.Cancel();

    private async void Work()
    {
        if (_working)
            return;
        _working = true;
        try
        {
            while (_there != _wanted && !_closed.IsCancellationRequested)
                await TryAsync(_wanted);
        }
        catch (OperationCanceledException)
        {
            // The next activation looks again.
        }
        finally
        {
            _working = false;
        }
    }

    private async Task TryAsync(bool wanted)
    {
        try
        {
            await (wanted ? register() : remove());
            _there = wanted;
        }
        catch (Exception e) when (!_closed.IsCancellationRequested)
        {
            failed(e);
            await Task.Delay(RetryAfter, time, _closed.Token);
        }
        catch (Exception)
        {
            // Nobody waits for it any more.
        }
    }
}
