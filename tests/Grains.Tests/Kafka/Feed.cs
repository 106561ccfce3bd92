using Gristmill.KafkaCounts.Tests;

namespace Gristmill.Grains.Tests;

/// <summary>Writes to the job's input all the while.</summary>
internal sealed class Feed : IAsyncDisposable
{
    private const int RecordsAtOnce = 500;

    private readonly CancellationTokenSource _over = new();
    private readonly Workbench _bench;
    private readonly Task _writing;

    public Feed(Workbench bench)
    {
        _bench = bench;
        _writing = Task.Factory.StartNew(Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Writes no more.</summary>
    /// <returns>How many records were written.</returns>
    public async Task<int> EndAsync()
    {
        await DisposeAsync();
        return Written;
    }

    public int Written { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _writing;
    }

    /// <summary>A producer of its own for each lot, which waits until the brokers have all of it.</summary>
    private void Write()
    {
        while (!_over.IsCancellationRequested)
        {
            _bench.Produce(RecordsAtOnce);
            Written += RecordsAtOnce;
        }
    }
}
