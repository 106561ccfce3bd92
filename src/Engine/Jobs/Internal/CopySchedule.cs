using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;
using Microsoft.Extensions.Logging;

namespace Gristmill.Jobs;

/// <summary>
/// Copies a job's newest checkpoint to its second store after each commit, one at a time and beside everything else: no
/// commit waits for it. Runs where the host posts things.
/// </summary>
internal sealed class CopySchedule
{
    /// <summary>How long the end of a job waits for the copy of its last checkpoint.</summary>
    private static readonly TimeSpan LongestLastCopy = TimeSpan.FromSeconds(30);

    private readonly JobDefinition _job;
    private readonly ICheckpointStore _second;
    private readonly IJobHost _host;
    private readonly JobProgress _progress;
    private readonly CheckpointCopier _copier;
    private readonly Collector _collector;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _closing = new();
    private Task _running = Task.CompletedTask;
    private bool _isRunning;
    private bool _isWanted;

    public CopySchedule(JobDefinition job, ICheckpointStore second, IJobHost host, JobProgress progress)
    {
        _job = job;
        _second = second;
        _host = host;
        _progress = progress;
        _logger = host.Loggers.CreateLogger("Gristmill.Checkpoints");
        _copier = new CheckpointCopier(job.Store, second, job.Name, job.Options.Checkpoints.Retention());
        _collector = new Collector(second, job.Name, host.Time, _logger);
        progress.Copy ??= new CheckpointCopyStatus(0, null, null, 0, 0, null);
    }

    /// <summary>There may be something to copy. Several calls while one copy runs are one copy more.</summary>
    public void Wake()
    {
        _isWanted = true;
        if (!_isRunning)
            _running = RunAsync();
    }

    /// <summary>Ends the copying; what is cut short is taken up by the next generation.</summary>
    /// <param name="toTheEnd">Whether to wait, for a while, until the newest checkpoint is copied.</param>
    public async Task CloseAsync(bool toTheEnd)
    {
        if (toTheEnd)
        {
            Wake();
            using var waiting = new CancellationTokenSource();
            Task done = await Task.WhenAny(_running, Task.Delay(LongestLastCopy, _host.Time, waiting.Token));
            if (done != _running)
                CopyLog.CopyLagsAtEnd(_logger, _job.Name, _second.Description);
#pragma warning disable CA1849 // Not CancelAsync: that one goes to the thread pool.
            waiting.Cancel();
        }

        _closing.Cancel();
#pragma warning restore CA1849
        await _running;
    }

    /// <summary>Does not throw.</summary>
    private async Task RunAsync()
    {
        _isRunning = true;
        while (_isWanted && !_closing.IsCancellationRequested)
        {
            _isWanted = false;
            try
            {
                if (await _copier.CopyNewestAsync(_closing.Token) is { } copy)
                    Note(copy);
                await CollectAsync();
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                // The next generation goes on with it.
            }
            catch (Exception e)
            {
                _progress.Copy = _progress.Copy! with { Failures = _progress.Copy.Failures + 1, LastError = e.Message };
                CopyLog.CopyFailed(_logger, _job.Name, _second.Description, e.Message);
            }
        }

        _isRunning = false;
    }

    private void Note(CheckpointCopy copy)
    {
        CheckpointCopyStatus before = _progress.Copy!;
        _progress.Copy = before with
        {
            Copied = before.Copied + (copy.WasThere ? 0 : 1),
            LastCheckpoint = copy.Checkpoint,
            LastCopiedAt = copy.WasThere ? before.LastCopiedAt : _host.Time.GetUtcNow(),
            Bytes = before.Bytes + copy.Bytes,
            LastError = null,
        };
        if (!copy.WasThere)
            CopyLog.Copied(_logger, _job.Name, copy.Checkpoint, _second.Description, copy.Bytes);
    }

    /// <summary>Keeps in the second store what the head there reaches, by the same rule as in the first.</summary>
    private async Task CollectAsync()
    {
        StoredHead? stored = await _second.ReadHeadAsync(_job.Name, _closing.Token);
        if (Heads.Decode(_job.Name, stored) is not { } head || !HeadContent.Decode(stored!.Content, $"head of job '{_job.Name}'").IsCopy)
            return;
        int deleted = await _collector.CollectAsync(head, _job.Options.Checkpoints.MinimumAge, _closing.Token);
        if (deleted != 0)
            Log.Collected(_logger, _job.Name, deleted);
    }
}
