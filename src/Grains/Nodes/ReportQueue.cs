using Gristmill.GrainInterfaces;

namespace Gristmill.Grains;

/// <summary>
/// A subtask's reports to its coordinator, one after the other and each until it is heard; the coordinator drops what
/// comes twice. Runs in the subtask's turns.
/// </summary>
internal sealed class ReportQueue(ICheckpointCoordinatorGrain coordinator, TimeSpan longestCall, TimeProvider time, Action refused)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);

    private readonly Queue<NodeReport> _waiting = [];
    private readonly CancellationTokenSource _closed = new();
    private long _sequence;
    private bool _sending;

    public void Add(NodeReport report)
    {
        _waiting.Enqueue(report with { Sequence = ++_sequence });
        Send();
    }

    public void Close() => _closed.Cancel();

    private async void Send()
    {
        if (_sending)
            return;
        _sending = true;
        try
        {
            while (!_closed.IsCancellationRequested && _waiting.TryPeek(out NodeReport? next))
            {
                if (await TrySendAsync(next))
                    _waiting.Dequeue();
                else
                    await Task.Delay(RetryAfter, time, _closed.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The generation is over.
        }
        finally
        {
            _sending = false;
        }
    }

    private async Task<bool> TrySendAsync(NodeReport report)
    {
        try
        {
            if (!await coordinator.ReportAsync(report).WaitAsync(longestCall, time, _closed.Token))
                refused();
            return true;
        }
        catch (Exception)
        {
            // Whatever kept it from being heard: it is said again until the generation is over.
            return false;
        }
    }
}
