using System.Diagnostics.CodeAnalysis;
using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;
using Gristmill.Graph;
using Gristmill.Protocol;
using Gristmill.Runtime;
using Microsoft.Extensions.Logging;
using CheckpointKind = Gristmill.Protocol.CheckpointKind;

namespace Gristmill.Jobs;

/// <summary>How a generation ended.</summary>
internal abstract record GenerationEnd
{
    public sealed record Completed(bool WasBefore) : GenerationEnd;

    public sealed record Stopped(long? Checkpoint) : GenerationEnd;

    public sealed record Cancelled : GenerationEnd;

    public sealed record Fenced : GenerationEnd;

    public sealed record Moved(string Why) : GenerationEnd;

    /// <summary>It has ended behind a last checkpoint, for one with another parallelism that is prepared to go on from there.</summary>
    public sealed record HandedOver(long Checkpoint) : GenerationEnd;

    public sealed record Failed(string Detail, Exception? Error, bool MayRestart) : GenerationEnd;
}

/// <summary>
/// One generation of a job: takes the job over, restores, runs, and carries out what the protocol's coordinator decides.
/// All of it runs where the host posts things, one piece at a time.
/// </summary>
internal sealed partial class JobGeneration : INodeEvents
{
    private static readonly TimeSpan LongestHistoryWait = TimeSpan.FromSeconds(5);

    private readonly JobDefinition _job;
    private readonly IJobHost _host;
    private readonly JobProgress _progress;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource<GenerationEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _closing = new();
    private readonly Collector _collector;

    // Of what has been read to be verified, what fits into this part of the memory is restored without being read again.
    private readonly VerifiedBlocks? _verified;
    private const int PartKept = 8;

    // Readers of the output have waited for the restart already, and a job that fails again soon should have got on.
    private const int PartAfterRestore = 8;
    private const long MostKeptSpilling = 64 << 20;
    private readonly CopySchedule? _copying;

    // Read from other threads too, once all are prepared.
    private volatile IReadOnlyList<IHostNode> _running = [];
    private IReadOnlyList<IHostNode> _nodes = [];
    private List<ISinkCommitter> _committers = [];
    private JobRun? _run;
    private HeadRecord? _head;
    private CoordinatorState? _coordinator;
    private Exception? _cause;
    private bool _draining;
    private bool _over;

    /// <param name="job">The job.</param>
    /// <param name="host">What it runs on.</param>
    /// <param name="progress">What is known of it from outside.</param>
    /// <param name="scale">Its parallelism, as far as it was changed.</param>
    /// <param name="rescale">The change of parallelism it begins with, whose prepared state it takes over; null: none.</param>
    public JobGeneration(JobDefinition job, IJobHost host, JobProgress progress, JobScale? scale = null, RescaleAttempt? rescale = null)
    {
        _job = job;
        _host = host;
        _progress = progress;
        _scale = scale ?? JobScale.Configured;
        _begunBy = rescale;
        _logger = host.Loggers.CreateLogger("Gristmill.Job");
        if (!host.IsCluster)
            _verified = new VerifiedBlocks(job.Options.State.Spill is null ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / PartKept : MostKeptSpilling);
        _collector = new Collector(job.Store, job.Name, host.Time, _logger);
        _copying = job.Options.Checkpoints.CopyTo is { } second ? new CopySchedule(job, second, host, progress) : null;
    }

    private ICheckpointStore Store => _job.Store;

    /// <summary>Runs the generation to its end, whatever that is. Does not throw.</summary>
    public async Task<GenerationEnd> RunAsync()
    {
        GenerationEnd end;
        try
        {
            end = await StartAsync() ?? await _end.Task;
        }
        catch (Exception e)
        {
            // One that is moved or abandoned while it starts is not cancelled: its checkpoints are its successor's.
            end = _end.Task.IsCompletedSuccessfully ? await _end.Task : AsFailure(e);
        }

        return await CloseAsync(end);
    }

    /// <summary>Asks for a checkpoint, or for the stop with one.</summary>
    /// <param name="kind">Manual or stop.</param>
    /// <param name="cancellationToken">Waits no longer; the checkpoint is taken all the same.</param>
    /// <returns>The checkpoint's number.</returns>
    public async Task<long> RequestAsync(CheckpointKind kind, CancellationToken cancellationToken = default)
    {
        var answer = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration givesUp = cancellationToken.Register(() => answer.TrySetCanceled(cancellationToken));
        Request(kind, answer);
        return await answer.Task;
    }

    private void Request(CheckpointKind kind, TaskCompletionSource<long> answer)
    {
        if (_over)
        {
            answer.SetException(new InvalidOperationException($"Job '{_job.Name}' does not run."));
            return;
        }

        long id = ++_requests;
        _waiting.Add(id, answer);
        if (_coordinator is null || _coordinator.Phase == CoordinatorPhase.NotStarted)
            _early.Add(new CoordinatorEvent.Requested(kind, id));
        else
            Dispatch(new CoordinatorEvent.Requested(kind, id));
    }

    /// <summary>Asks for the stop with a checkpoint, which outranks a handover.</summary>
    public Task<long> StopAsync()
    {
        _stopAsked = true;
        return RequestAsync(CheckpointKind.Stop);
    }

    /// <summary>Ends the generation at once, without a checkpoint.</summary>
    public void Cancel()
    {
        _closing.Cancel();
        if (_coordinator is null || _coordinator.IsOver)
            _end.TrySetResult(new GenerationEnd.Cancelled());
        else
            Dispatch(new CoordinatorEvent.Cancelled());
    }

    /// <summary>Ends the generation here, at once and with nothing changed: whoever takes the job over goes on from its newest checkpoint.</summary>
    public void Abandon()
    {
        _end.TrySetResult(new GenerationEnd.Stopped(null));
        _closing.Cancel();
    }

    /// <summary>Ends the generation here so that the next begins on other nodes.</summary>
    public void Move(string why)
    {
        _end.TrySetResult(new GenerationEnd.Moved(why));
        _closing.Cancel();
    }

    /// <summary>Has sources read nothing more: the job completes with what it has.</summary>
    public void Drain()
    {
        _draining = true;
        PostAll(new SubtaskCommand.Drain());
    }

    /// <summary>The lowest watermark of all subtasks that have one.</summary>
    public long? Watermark
    {
        get
        {
            long? lowest = null;
            foreach (IHostNode node in _running)
            {
                if (node.Watermark is { } own && (lowest is null || own < lowest))
                    lowest = own;
            }

            return lowest;
        }
    }

    private async Task<GenerationEnd?> StartAsync()
    {
        long started = _host.Time.GetTimestamp();
        CancellationToken token = _closing.Token;
        var plan = new JobPlan(_job.Name, _job.Nodes, _job.Options, scale: _scale);
        if (_begunBy is null)
            await CheckFitAsync(plan, token);
        _head = await TakeOverAsync(token);
        _progress.Generation = _head.Generation.Value;
        await BeginFromSavepointAsync(plan, token);
        (RestoredCheckpoint? restored, CheckpointId first) = await RecoverAsync(token);
        plan = restored?.Cut(plan, _job.Options) ?? plan;
        _run = OpenRun(plan, _head.Generation.Value, first.Value, _progress.Metrics);
        if (restored?.Misfits(plan, _job.Options) is { Count: > 0 } misfits)
            throw new JobConfigurationException(_job.Name, misfits);
        _basis = BasisOf(plan, restored?.Manifest);
        if (restored?.Manifest.JobComplete == true)
        {
            await PublishRestoredAsync(plan, restored, token);
            return new GenerationEnd.Completed(WasBefore: true);
        }

        IReadOnlyDictionary<SourceNode, IReadOnlyList<StoredSplit>> splits = await PublishAndListAsync(plan, restored, token);
        _nodes = _host.OpenNodes(new GenerationSetup(_job, _run, splits, restored, this));
        await Task.WhenAll(_nodes.Select(node => node.PrepareAsync(token)));
        token.ThrowIfCancellationRequested();
        _verified?.Clear();
        LogStart(restored, started);
        Begin(first, isResuming: restored is not null);
        return null;
    }

    private JobRun OpenRun(JobPlan plan, long generation, long firstCheckpoint, JobMetrics metrics) => new()
    {
        Plan = plan,
        Options = _job.Options,
        Generation = generation,
        FirstCheckpoint = firstCheckpoint,
        Lineage = _head?.Lineage ?? "",
        Time = _host.Time,
        Waker = _host.Waker,
        Loggers = _host.Loggers,
        Metrics = metrics,
        Faults = _host.Faults.Protocol,
        IsChannelDelayed = _host.Faults.IsChannelDelayed,
        SliceEntries = _host.Faults.SliceEntries,
        OnFirstRecord = _begunBy is null ? null : NoteFirstRecord,
    };

    private void LogStart(RestoredCheckpoint? restored, long started)
    {
        double elapsedMs = _host.Time.GetElapsedTime(started).TotalMilliseconds;
        _progress.RestoredIn = TimeSpan.FromMilliseconds(elapsedMs);

        // What is taken over says nothing of how long a recovery takes.
        _progress.Pace?.Restored(_begunBy is null ? BytesOf(restored?.Manifest) : 0, elapsedMs);
        if (restored is null)
        {
            Log.StartsAnew(_logger, _job.Name, _run!.Generation, _run.Plan.Subtasks.Count, Store.Description);
            return;
        }

        Log.GoesOn(_logger, _job.Name, restored.Manifest.Checkpoint, _run!.Generation, _run.Plan.Subtasks.Count, elapsedMs, Store.Description);
        Tracing.Restore(_job.Name, _run.Generation, restored.Manifest.Checkpoint, _host.Time.GetUtcNow(), elapsedMs);
    }

    private void Begin(CheckpointId first, bool isResuming)
    {
        CheckpointOptions options = _job.Options.Checkpoints;
        long intervalMs = (long)(_progress.Pace?.Current?.Length ?? options.Interval).TotalMilliseconds;
        _coordinator = Coordinator.Create(_head!.Generation, new CoordinatorOptions
        {
            Subtasks = _run!.Plan.Subtasks.Count,
            FirstCheckpoint = first,
            Periodic = options.Periodic,
            IntervalMs = intervalMs,
            FirstAfterMs = isResuming ? Math.Max(1, intervalMs / PartAfterRestore) : null,
            MinimumPauseMs = (long)options.MinimumPause.TotalMilliseconds,
            TimeoutMs = (long)options.Timeout.TotalMilliseconds,
            MaxConcurrent = options.MaxConcurrent,
            ToleratedFailures = options.ToleratedFailures,
            Faults = _host.Faults.Protocol,
        });
        _running = _nodes;
        // What the generation before committed may not be copied yet.
        _copying?.Wake();
        _progress.State = JobState.Running;
        _progress.Parallelism = _scale.Of(_job.Options);
        Dispatch(new CoordinatorEvent.Started());
        if (_draining)
            Drain();
        foreach (IHostNode node in _nodes)
            node.Begin();
        foreach (CoordinatorEvent early in _early)
            Dispatch(early);
        _early.Clear();
        if (_begunBy is not null)
            BeginRescaled();
    }

    private async Task<GenerationEnd> CloseAsync(GenerationEnd end)
    {
        // Not CancelAsync: that one goes to the thread pool.
#pragma warning disable CA1849
        _closing.Cancel();
#pragma warning restore CA1849
        _tick?.Dispose();
        _noInput?.Dispose();
        await Task.WhenAll(_nodes.Select(node => QuietlyAsync(() => new ValueTask(node.CloseAsync()))));
        // Side by side, as the nodes: the next generation waits for the slowest, not for the sum.
        await Task.WhenAll(_committers.Select(committer => QuietlyAsync(committer.CloseAsync)));
        if (_copying is not null)
            await QuietlyAsync(() => new ValueTask(_copying.CloseAsync(toTheEnd: end is GenerationEnd.Completed or GenerationEnd.Stopped)));
        await QuietlyAsync(() => new ValueTask(Task.WhenAny(Task.WhenAll(_historyLines), Task.Delay(LongestHistoryWait, _host.Time))));
        if (end is GenerationEnd.Cancelled && _job.Options.Checkpoints.OnCancel == CancelledCheckpoints.Delete && _head is not null)
            await QuietlyAsync(() => new ValueTask(DeleteCheckpointsAsync()));
        _over = true;
        foreach (TaskCompletionSource<long> waiting in _waiting.Values)
            waiting.TrySetException(new InvalidOperationException($"Job '{_job.Name}' ended before the checkpoint was complete."));
        return end;
    }

    /// <summary>One part that can't be closed keeps none of the others open.</summary>
    private async Task QuietlyAsync(Func<ValueTask> close)
    {
        try
        {
            await close();
        }
        catch (Exception e)
        {
            Log.CloseFailed(_logger, _job.Name, _progress.Generation, e.Message);
        }
    }

    /// <summary>First the head forgets them, then they are deleted: cut short, only garbage is left.</summary>
    private async Task DeleteCheckpointsAsync()
    {
        HeadRecord empty = _head! with { Newest = null, Older = [], Version = _head.Version + 1 };
        (CasResult result, Exception? error) = await Heads.TryMoveAsync(Store, _job.Name, empty, CancellationToken.None);
        if (result != CasResult.Moved)
            throw new JobFailedException($"The checkpoints of job '{_job.Name}' were not deleted: the head could not be moved.", error);
        await _collector.DeleteAllAsync(_head.Generation.Value, CancellationToken.None);
    }

    private GenerationEnd AsFailure(Exception error) => error switch
    {
        OperationCanceledException when _closing.IsCancellationRequested => new GenerationEnd.Cancelled(),
        JobFencedException => new GenerationEnd.Fenced(),
        _ => new GenerationEnd.Failed(error.Message, error, MayRestart(error)),
    };

    /// <summary>What would fail the same way again is not tried again.</summary>
    [SuppressMessage("Performance", "CA1859", Justification = "Any error may come.")]
    public static bool MayRestart(Exception error)
        => error is not (JobConfigurationException or BadRecordException or UnsupportedFormatException or ProtocolViolationException or JobFailedException or IJobError { IsPermanent: true });
}
