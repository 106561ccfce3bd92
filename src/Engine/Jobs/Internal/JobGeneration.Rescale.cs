using Gristmill.Checkpoints;
using Gristmill.Graph;
using Gristmill.Protocol;
using Gristmill.Runtime;
using CheckpointKind = Gristmill.Protocol.CheckpointKind;

namespace Gristmill.Jobs;

/// <content>Handing the job over to a generation with another parallelism, and beginning as such a one.</content>
internal sealed partial class JobGeneration
{
    /// <summary>After so long without a record the new subtasks have nothing to read.</summary>
    private static readonly TimeSpan LongestWaitForRecord = TimeSpan.FromSeconds(1);

    private readonly JobScale _scale;

    // The one this generation is begun by, and the one it ends by.
    private readonly RescaleAttempt? _begunBy;
    private RescaleAttempt? _handover;
    private RescaleLine? _rescaleLine;
    private ITimer? _noInput;
    private bool _isPreparing;
    private bool _stopAsked;

    /// <summary>Cancelled when the generation ends, before its parts are closed.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Whether it runs and nothing has ended it.</summary>
    public bool IsRunning => _coordinator is { Phase: CoordinatorPhase.Running } && !_end.Task.IsCompleted;

    /// <summary>A stop somebody asks for outranks the handover: then the job stops.</summary>
    private bool IsHandingOver => _handover is not null && !_stopAsked;

    /// <summary>The parallelism of an operator.</summary>
    public int ParallelismOf(Node node) => _run!.Plan.ParallelismOf(node);

    /// <summary>
    /// Loads the state for the generation to come: from the newest checkpoint, which may take long, and then what has
    /// changed meanwhile, so that little is left for the stop. Nothing of this one is touched.
    /// </summary>
    /// <exception cref="InvalidOperationException">A checkpoint failed, or the generation has ended.</exception>
    public async Task PrepareAsync(RescaleAttempt rescale, CancellationToken cancellationToken)
    {
        // Whole snapshots change everything, so there is nothing to load ahead; and what spills has no room twice.
        if (!_job.Options.Checkpoints.Incremental || _job.Options.State.Spill is not null)
            return;
        _isPreparing = true;
        try
        {
            // Only this generation's own checkpoints are known to build on each other.
            if (_basis?.Generation != _run!.Generation)
                await RequestAsync(CheckpointKind.Manual, cancellationToken);
            var plan = new JobPlan(_job.Name, _job.Nodes, _job.Options, scale: rescale.Scale);
            rescale.Prepared = PreparedState.Create(OpenRun(plan, _run.Generation, _basis!.Checkpoint + 1, new JobMetrics()));
            await rescale.Prepared.LoadAsync(Basis(), cancellationToken);
            await RequestAsync(CheckpointKind.Manual, cancellationToken);
            await rescale.Prepared.LoadAsync(Basis(), cancellationToken);
        }
        finally
        {
            _isPreparing = false;
        }
    }

    /// <summary>Ends the generation behind a last checkpoint, for the one that is prepared.</summary>
    /// <returns>The checkpoint's number. Fails if there is none; whether the generation goes on is seen by <see cref="IsRunning"/>.</returns>
    public Task<long> HandOverAsync(RescaleAttempt rescale)
    {
        _handover = rescale;
        rescale.Stopping();
        return RequestAsync(CheckpointKind.Stop);
    }

    /// <summary>The handover was refused before anything was done for it.</summary>
    public void KeepOn() => _handover = null;

    /// <summary>The sources have halted and don't go on; so the newest checkpoint does, with the parallelism of before.</summary>
    private void GiveHandoverUp(long checkpoint, AbortReason reason)
    {
        if (IsHandingOver)
            _end.TrySetResult(new GenerationEnd.Moved($"checkpoint {checkpoint}, the last one before {_handover!.What}, was aborted ({reason})"));
    }

    private GenerationEnd.HandedOver HandedOver(long checkpoint)
    {
        _handover!.CheckpointComplete();
        return new GenerationEnd.HandedOver(checkpoint);
    }

    private RestoredCheckpoint Basis()
        => RestoredCheckpoint.Of(_job, new ManifestReference(_basis!.Checkpoint, _basis.Generation, "", ""), _basis);

    private bool IsPrepared(Manifest manifest, BlockInfo block) => _begunBy?.Prepared is { } prepared && prepared.LeadsTo(manifest) && prepared.Has(block);

    /// <summary>What is restored is another checkpoint than the one it was prepared for, and is read in full.</summary>
    private void DropPrepared() => _begunBy?.Dispose();

    private RestoredCheckpoint WithPrepared(RestoredCheckpoint restored)
        => _begunBy?.Prepared is { } prepared && prepared.LeadsTo(restored.Manifest)
            ? RestoredCheckpoint.Of(_job, restored.Reference, restored.Manifest, _verified, prepared, (_host.Faults.Protocol & ProtocolFaults.ForgetLastChanges) != 0)
            : restored;

    private void BeginRescaled()
    {
        _begunBy!.Begun();
        _noInput = _host.Time.CreateTimer(_ => _host.Post(() => Rescaled(null)), null, LongestWaitForRecord, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Called from a step.</summary>
    private void NoteFirstRecord()
    {
        long at = _host.Time.GetTimestamp();
        _host.Post(() => Rescaled(at));
    }

    private void Rescaled(long? firstRecordAt)
    {
        if (_noInput is null || _over)
            return;
        _noInput.Dispose();
        _noInput = null;
        RescaleResult result = _begunBy!.Describe(_run!.Generation, _run.FirstCheckpoint - 1, firstRecordAt);
        _rescaleLine = RescaleLine.Of(result);
        _progress.LastRescale = result;
        Log.Rescaled(_logger, _job.Name, _begunBy.What, result.From, result.Stopped.TotalMilliseconds, result.LastCheckpoint.TotalMilliseconds, result.Closing.TotalMilliseconds, result.Restoring.TotalMilliseconds, result.Preparation.TotalMilliseconds);
        _begunBy.Succeed(result);
    }

    /// <summary>For the history, with the first checkpoint behind the change.</summary>
    private RescaleLine? TakeRescaleLine()
    {
        RescaleLine? line = _rescaleLine;
        _rescaleLine = null;
        return line;
    }
}
