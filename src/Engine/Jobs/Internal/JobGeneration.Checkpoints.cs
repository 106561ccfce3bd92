using Gristmill.Checkpoints;
using Gristmill.Graph;
using Gristmill.Protocol;
using Gristmill.Runtime;
using CheckpointKind = Gristmill.Protocol.CheckpointKind;

namespace Gristmill.Jobs;

/// <content>Carries out what the coordinator decides, and tells it what came of it.</content>
internal sealed partial class JobGeneration
{
    private readonly Dictionary<long, OpenAttempt> _attempts = [];
    private readonly Dictionary<long, TaskCompletionSource<long>> _waiting = [];
    private readonly List<CoordinatorEvent> _early = [];
    private readonly Queue<CoordinatorEvent> _events = [];
    private readonly List<Task> _historyLines = [];
    private ITimer? _tick;
    private Exception? _checkpointError;

    // What the next checkpoint's changes are put on top of: the newest committed one, or the one restored.
    private Manifest? _basis;
    private long _requests;
    private bool _dispatching;
    private bool _collecting;

    void INodeEvents.SnapshotWritten(long checkpoint, SubtaskTimes times)
    {
        if (_attempts.TryGetValue(checkpoint, out OpenAttempt? attempt))
            attempt.Note(times, _host.Time);
    }

    void INodeEvents.FileWritten(long checkpoint, NodeFile file)
    {
        if (!_attempts.TryGetValue(checkpoint, out OpenAttempt? attempt))
            return;
        attempt.Add(file);
        foreach (int subtask in file.Subtasks)
            Dispatch(new CoordinatorEvent.Ack(_head!.Generation, new CheckpointId(checkpoint), subtask));
    }

    void INodeEvents.WriteFailed(long checkpoint, CheckpointWriteError error)
    {
        if (!_attempts.ContainsKey(checkpoint))
            return;
        _checkpointError = error.Error;
        Dispatch(new CoordinatorEvent.Declined(_head!.Generation, new CheckpointId(checkpoint), error.Subtask, error.Detail));
    }

    void INodeEvents.Declined(long checkpoint, int subtask, string reason)
        => Dispatch(new CoordinatorEvent.Declined(_head!.Generation, new CheckpointId(checkpoint), subtask, reason));

    void INodeEvents.Ended(int subtask) => Dispatch(new CoordinatorEvent.SubtaskEnded(_head!.Generation, subtask));

    void INodeEvents.Failed(string who, Exception error)
    {
        _cause ??= error;
        if (_coordinator is null)
            _end.TrySetResult(AsFailure(error));
        else
            Dispatch(new CoordinatorEvent.Failed($"{who}: {error.Message}"));
    }

    /// <summary>Gives the coordinator an event and carries out what it decides. An answer that is there at once waits its turn.</summary>
    private void Dispatch(CoordinatorEvent happened)
    {
        _events.Enqueue(happened);
        if (_dispatching)
            return;
        _dispatching = true;
        try
        {
            while (_events.TryDequeue(out CoordinatorEvent? next))
            {
                CoordinatorStep step = Coordinator.Step(_coordinator!, NowMs(), next);
                _coordinator = step.State;
                foreach (CoordinatorAction action in step.Actions)
                    Execute(action);
            }
        }
        catch (Exception e)
        {
            _events.Clear();
            _end.TrySetResult(AsFailure(e));
        }
        finally
        {
            _dispatching = false;
        }
    }

    private void Execute(CoordinatorAction action)
    {
        switch (action)
        {
            case CoordinatorAction.IssueBarriers issue:
                IssueBarriers(issue.Checkpoint.Value, issue.Kind);
                break;
            case CoordinatorAction.WriteManifest write:
                WriteManifest(_attempts[write.Checkpoint.Value]);
                break;
            case CoordinatorAction.MoveHead move:
                MoveHead(_attempts[move.Checkpoint.Value]);
                break;
            case CoordinatorAction.Apply apply:
                Apply(_attempts[apply.Checkpoint.Value]);
                break;
            case CoordinatorAction.AbortCheckpoint abort:
                Abort(abort);
                break;
            case CoordinatorAction.Collect:
                Collect();
                _copying?.Wake();
                break;
            case CoordinatorAction.CompleteRequest complete:
                if (_waiting.Remove(complete.RequestId, out TaskCompletionSource<long>? answered))
                    answered.TrySetResult(complete.Checkpoint.Value);
                break;
            case CoordinatorAction.FailRequest fail:
                if (_waiting.Remove(fail.RequestId, out TaskCompletionSource<long>? refused))
                    refused.TrySetException(new InvalidOperationException($"Job '{_job.Name}': the checkpoint asked for will not be: {fail.Reason}"));
                break;
            case CoordinatorAction.WakeAt wake:
                WakeAt(wake.NowMs);
                break;
            default:
                End(action);
                break;
        }
    }

    private void End(CoordinatorAction last) => _end.TrySetResult(last switch
    {
        CoordinatorAction.CompleteJob => new GenerationEnd.Completed(WasBefore: false),
        CoordinatorAction.Stopped { Checkpoint: { } checkpoint } when IsHandingOver => HandedOver(checkpoint.Value),
        CoordinatorAction.Stopped { Checkpoint: { } checkpoint } => new GenerationEnd.Stopped(checkpoint.Value),
        CoordinatorAction.Stopped => new GenerationEnd.Cancelled(),
        CoordinatorAction.StopFenced => new GenerationEnd.Fenced(),
        CoordinatorAction.FailJob fail => Failed(fail),
        _ => throw new ProtocolViolationException($"The coordinator asked for {last.GetType().Name}, which this host does not know."),
    });

    private GenerationEnd.Failed Failed(CoordinatorAction.FailJob fail)
    {
        Exception? cause = _cause ?? (fail.Reason == FailReason.TooManyFailures ? _checkpointError : null);
        return new GenerationEnd.Failed($"{fail.Reason}: {fail.Detail}", cause, cause is null || MayRestart(cause));
    }

    private void IssueBarriers(long checkpoint, CheckpointKind kind)
    {
        if (!_attempts.ContainsKey(checkpoint))
            _attempts.Add(checkpoint, new OpenAttempt(checkpoint, kind, _host.Time.GetUtcNow(), _host.Time.GetTimestamp()));
        if (kind == CheckpointKind.Stop)
            _handover?.BarrierIssued();
        PostAll(new SubtaskCommand.Trigger(_head!.Generation.Value, checkpoint, kind));
    }

    private void PostAll(SubtaskCommand command)
    {
        foreach (IHostNode node in _nodes)
            node.Post(command);
    }

    private async void WriteManifest(OpenAttempt attempt)
    {
        var id = new CheckpointId(attempt.Checkpoint);
        try
        {
            Manifest manifest = attempt.Manifest = DescribeCheckpoint(attempt);
            attempt.Reference = await ManifestFile.WriteAsync(Store, _job.Name, manifest, _closing.Token);
            _collector.Know(Heads.ToRef(attempt.Reference), manifest);
            Dispatch(new CoordinatorEvent.ManifestWritten(id));
        }
        catch (Exception e)
        {
            Dispatch(new CoordinatorEvent.ManifestFailed(id, e.Message));
        }
    }

    private Manifest DescribeCheckpoint(OpenAttempt attempt)
    {
        JobPlan plan = _run!.Plan;
        return new Manifest
        {
            Job = _job.Name,
            Checkpoint = attempt.Checkpoint,
            Generation = _run.Generation,
            CreatedAt = _host.Time.GetUtcNow(),
            Kind = attempt.Kind,
            KeyGroups = _job.Options.KeyGroups,
            Operators = plan.Nodes.Where(node => node.Name is not null).ToDictionary(
                node => node.Name!,
                node => new ManifestOperator { Parallelism = plan.ParallelismOf(node), Kind = node.Kind, States = [.. node.States()] }),
            Blocks = BlockChains.Compose(
                (_host.Faults.Protocol & ProtocolFaults.ForgetOlderBlocks) == 0 ? _basis?.Blocks ?? [] : [], attempt.Blocks, _job.Options.KeyGroups, _host.Faults.Protocol),
            JobComplete = attempt.Kind == CheckpointKind.Final,
            Previous = _head!.Newest?.Name,
            EngineVersion = typeof(JobGeneration).Assembly.GetName().Version?.ToString(3),
        };
    }

    private async void MoveHead(OpenAttempt attempt)
    {
        var id = new CheckpointId(attempt.Checkpoint);
        try
        {
            // A planted mutant moves the head before there is a manifest to name.
            ManifestRef manifest = attempt.Reference is null
                ? new ManifestRef(id, CheckpointLayout.Manifest(_job.Name, attempt.Checkpoint, _head!.Generation.Value), "")
                : Heads.ToRef(attempt.Reference);
            HeadRecord before = _head!;
            HeadRecord wanted = Fence.Commit(before, before.Generation, manifest, _job.Options.Checkpoints.Retention(), NowMs())
                ?? throw new ProtocolViolationException("A generation commits only to its own head.");
            (CasResult result, Exception? error) = await Heads.TryMoveAsync(Store, _job.Name, wanted, CancellationToken.None);
            if (result == CasResult.Refused && (_host.Faults.Protocol & ProtocolFaults.IgnoreRefusedHead) != 0)
                result = CasResult.Moved;
            CommitOutcome outcome = Fence.JudgeCommit(result);
            if (outcome == CommitOutcome.ReadHead)
                outcome = Fence.JudgeCommit(before, wanted, Heads.Decode(_job.Name, await Store.ReadHeadAsync(_job.Name)));
            if (outcome == CommitOutcome.Committed)
                (_head, _basis) = (wanted, attempt.Manifest);
            Dispatch(outcome switch
            {
                CommitOutcome.Committed => new CoordinatorEvent.HeadMoved(id),
                CommitOutcome.Fenced => new CoordinatorEvent.HeadLost(id),
                _ => new CoordinatorEvent.HeadUnknown(id, error?.Message ?? "the store refused to move the head, and it names what it named before"),
            });
        }
        catch (Exception e)
        {
            Dispatch(new CoordinatorEvent.HeadUnknown(id, e.Message));
        }
    }

    private async void Apply(OpenAttempt attempt)
    {
        var id = new CheckpointId(attempt.Checkpoint);
        try
        {
            OnCommitted(attempt);
            foreach (ISinkCommitter committer in _committers)
                await committer.CommitAsync(attempt.Staged.Where(staged => staged.Operator == committer.Operator).Select(staged => staged.Staged), _closing.Token);
            PostAll(new SubtaskCommand.Committed(attempt.Checkpoint));
            _attempts.Remove(attempt.Checkpoint);
            Dispatch(new CoordinatorEvent.Applied(id));
        }
        catch (Exception e)
        {
            _cause ??= e;
            Dispatch(new CoordinatorEvent.ApplyFailed(id, e.Message));
        }
    }

    private void OnCommitted(OpenAttempt attempt)
    {
        CheckpointAttempt line = attempt.Describe(_job.Name, _head!.Generation.Value, CheckpointOutcome.Completed, null, _host.Time) with { Rescale = TakeRescaleLine() };
        _progress.Completed(line);
        Log.CheckpointComplete(_logger, _job.Name, line.Checkpoint, line.DurationMs, line.Bytes, line.MaxPauseMs, line.SlowestSubtask, line.SlowestMs);
        AppendHistory(line);
        ChooseInterval(attempt, line);
    }

    private static long BytesOf(Manifest? manifest) => manifest?.Blocks.Sum(block => block.Length) ?? 0;

    private void ChooseInterval(OpenAttempt attempt, CheckpointAttempt line)
    {
        if (_progress.Pace is not { IsOn: true } pace)
            return;
        double costMs = attempt.Written.Select(written => written.Times.BusyMs).DefaultIfEmpty().Max();
        long intervalMs = pace.Committed(costMs, line.DurationMs, BytesOf(attempt.Manifest), _progress.Metrics.TotalRecordsIn, NowMs());
        Dispatch(new CoordinatorEvent.IntervalChanged(intervalMs));
    }

    private void Abort(CoordinatorAction.AbortCheckpoint abort)
    {
        long checkpoint = abort.Checkpoint.Value;
        PostAll(new SubtaskCommand.Abort(checkpoint));
        if (!_attempts.TryGetValue(checkpoint, out OpenAttempt? attempt))
            return;
        string detail = abort.Reason == AbortReason.TimedOut ? $"{abort.Detail} {WhoIsMissing(attempt)}" : abort.Detail;
        if (abort.Reason != AbortReason.GenerationEnded)
        {
            Log.CheckpointAborted(_logger, _job.Name, checkpoint, abort.Reason.ToString(), detail);
            _progress.Aborted();
        }

        CheckpointOutcome outcome = abort.Reason is AbortReason.Declined or AbortReason.ManifestFailed ? CheckpointOutcome.Failed : CheckpointOutcome.Aborted;
        AppendHistory(attempt.Describe(_job.Name, _head!.Generation.Value, outcome, $"{abort.Reason}: {detail}", _host.Time));
        _attempts.Remove(checkpoint);
        if (attempt.Kind == CheckpointKind.Stop && abort.Reason != AbortReason.GenerationEnded)
            GiveHandoverUp(checkpoint, abort.Reason);
    }

    /// <summary>Acks come when the common file is complete, so all are missing; the snapshots tell whose is.</summary>
    private string WhoIsMissing(OpenAttempt attempt)
    {
        List<string> missing = [.. _run!.Plan.Subtasks.Where(subtask => attempt.Written.All(written => written.Number != subtask.Number)).Select(subtask => subtask.Label)];
        return missing.Count == 0
            ? "All subtasks have written their snapshots; the store is slow."
            : $"No snapshot yet of {string.Join(", ", missing)}.";
    }

    private void AppendHistory(CheckpointAttempt line)
    {
        Tracing.Checkpoint(line);
        _historyLines.RemoveAll(written => written.IsCompleted);
        _historyLines.Add(AppendHistoryAsync(line));
    }

    private async Task AppendHistoryAsync(CheckpointAttempt line)
    {
        try
        {
            await CheckpointHistory.AppendAsync(Store, line);
        }
        catch (Exception e)
        {
            Log.HistoryFailed(_logger, _job.Name, e.Message);
        }
    }

    private async void Collect()
    {
        if (_collecting || _isPreparing)
            return;
        _collecting = true;
        try
        {
            int deleted = await _collector.CollectAsync((_host.Faults.Protocol & ProtocolFaults.CollectForNewestOnly) == 0 ? _head! : _head! with { Older = [] }, _job.Options.Checkpoints.MinimumAge, _closing.Token);
            if (deleted != 0)
                Log.Collected(_logger, _job.Name, deleted);
        }
        catch (OperationCanceledException)
        {
            // The next generation collects.
        }
        catch (Exception e)
        {
            Log.CollectFailed(_logger, _job.Name, e.Message);
        }
        finally
        {
            _collecting = false;
        }
    }

    private void WakeAt(long atMs)
    {
        TimeSpan due = TimeSpan.FromMilliseconds(Math.Max(0, atMs - NowMs()));
        if (_tick is null)
            _tick = _host.Time.CreateTimer(_ => _host.Post(() => Dispatch(new CoordinatorEvent.Tick())), null, due, Timeout.InfiniteTimeSpan);
        else
            _tick.Change(due, Timeout.InfiniteTimeSpan);
    }

    private long NowMs() => _host.Time.GetUtcNow().ToUnixTimeMilliseconds();
}
