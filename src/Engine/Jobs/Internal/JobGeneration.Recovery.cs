using System.Collections.Immutable;
using System.Globalization;
using Gristmill.Checkpoints;
using Gristmill.Graph;
using Gristmill.Protocol;
using Gristmill.Runtime;

namespace Gristmill.Jobs;

/// <content>From the head to a running job.</content>
internal sealed partial class JobGeneration
{
    private const int UnreadableRetryMs = 1000;

    private bool _fellBack;

    /// <summary>
    /// Compares the job with the newest checkpoint before the job is taken over: a new version that does not fit must not
    /// stop the old one. What can't be read now is looked at again, and in full, once the job is taken.
    /// </summary>
    private async Task CheckFitAsync(JobPlan plan, CancellationToken cancellationToken)
    {
        HeadRecord? head = Heads.Decode(_job.Name, await Store.ReadHeadAsync(_job.Name, cancellationToken));
        if (head?.Newest is not { } newest)
            return;
        try
        {
            RestoredCheckpoint checkpoint = await OpenAsync(newest, cancellationToken);
            IReadOnlyList<string> misfits = checkpoint.Misfits(plan, _job.Options);

            // A process has one version of the types: what fitted its first generation fits those after a failure.
            if (misfits.Count == 0 && _progress.NewestAsked == 0)
                misfits = await new SchemaFit(checkpoint, _job.Options.Upgrade, Store, OpenRun(plan, head.Generation.Value, newest.Checkpoint.Value + 1, new JobMetrics())).MisfitsAsync(cancellationToken);
            if (misfits.Count != 0)
                throw new JobConfigurationException(_job.Name, misfits);
        }
        catch (Exception e) when (e is CheckpointStoreException or CorruptCheckpointException or UnsupportedFormatException)
        {
            // Recovery says what is wrong with it, and what it falls back to.
        }
    }

    /// <summary>Takes the next generation. Somebody else may do the same; then the one after is tried.</summary>
    private async Task<HeadRecord> TakeOverAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            HeadRecord? found = Heads.Decode(_job.Name, await Store.ReadHeadAsync(_job.Name, cancellationToken));

            // A generation newer than any this process has asked for is a rival's: a failed process does not take the
            // job back from the one that took it over.
            if (_progress.NewestAsked > 0 && found?.Generation.Value > _progress.NewestAsked)
                throw new JobFencedException(_job.Name, _progress.NewestAsked);
            HeadRecord wanted = Fence.TakeOver(found);
            wanted = wanted with { Lineage = wanted.Lineage ?? NewLineage() };
            bool isFirst = _progress.NewestAsked == 0;
            (CasResult result, Exception? error) = await Heads.TryMoveAsync(Store, _job.Name, wanted, cancellationToken);
            if (Fence.JudgeTakeOver(result) == TakeOverOutcome.Owned)
            {
                _progress.NewestAsked = wanted.Generation.Value;
                return wanted;
            }

            // Whether an answer that was lost was a yes is not known, so what was asked for may be our own. At the
            // first start there is nothing to defend yet: whoever is there is taken over from.
            if (error is not null && !isFirst)
                _progress.NewestAsked = wanted.Generation.Value;
            if (error is not null)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        }
    }

    /// <summary>Of two who make one at the same moment the head takes one.</summary>
    private string NewLineage() => _host.Time.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfffffff", CultureInfo.InvariantCulture);

    private async Task<(RestoredCheckpoint? Restored, CheckpointId First)> RecoverAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<ManifestCheck> checks = [];
        while (true)
        {
            switch (Recovery.Decide(_head!, checks))
            {
                case RecoveryDecision.StartEmpty empty:
                    return (null, empty.FirstCheckpoint);
                case RecoveryDecision.Verify verify:
                    checks = checks.Add(await CheckAsync(verify.Candidate, cancellationToken));
                    break;
                case RecoveryDecision.Restore restore when TakesOlder && _head!.Retained.Skip(1).Any():
                    return (await OpenAsync(_head.Retained.ElementAt(1), cancellationToken), restore.FirstCheckpoint);
                case RecoveryDecision.Restore restore:
                    return (await OpenAsync(restore.Manifest, cancellationToken), restore.FirstCheckpoint);
                case RecoveryDecision.FallBack fallBack:
                    LogFallBack(fallBack);
                    _fellBack = true;
                    return (await OpenAsync(fallBack.Manifest, cancellationToken), fallBack.FirstCheckpoint);
                case RecoveryDecision.Wait wait:
                    Log.CheckpointUnreadable(_logger, _job.Name, wait.Unreadable.Manifest.Checkpoint.Value, UnreadableRetryMs, wait.Unreadable.Detail);
                    await Task.Delay(TimeSpan.FromMilliseconds(UnreadableRetryMs), _host.Time, cancellationToken);
                    checks = checks.RemoveAll(check => check.Health == ManifestHealth.Unreadable);
                    break;
                case RecoveryDecision.GiveUp giveUp:
                    throw new JobFailedException(
                        $"No retained checkpoint of job '{_job.Name}' in {Store.Description} can be restored: "
                        + string.Join("; ", giveUp.Skipped.Select(skipped => $"{skipped.Manifest.Checkpoint}: {skipped.Detail}"))
                        + ". Bring the files back from a backup, or start anew with an empty folder (the output will be written again).",
                        cause: null);
            }
        }
    }

    /// <summary>Mutants that tests plant.</summary>
    private bool TakesOlder
        => (_host.Faults.Protocol & (_begunBy is null ? ProtocolFaults.RestoreOlderCheckpoint : ProtocolFaults.RestoreOlderCheckpoint | ProtocolFaults.RescaleFromOlderCheckpoint)) != 0;

    private async Task<ManifestCheck> CheckAsync(ManifestRef candidate, CancellationToken cancellationToken)
    {
        _verified?.Clear();
        try
        {
            IReadOnlyList<CheckpointFault> faults = await CheckpointVerifier.VerifyAsync(Store, Heads.ToReference(candidate), _verified, IsPrepared, cancellationToken);
            if (faults.Count != 0)
                DropPrepared();
            return faults.Count == 0
                ? new ManifestCheck(candidate, ManifestHealth.Good)
                : new ManifestCheck(candidate, ManifestHealth.Damaged, string.Join("; ", faults.Take(3).Select(fault => fault.Problem)));
        }
        catch (Exception e) when (e is CheckpointStoreException or IOException)
        {
            return new ManifestCheck(candidate, ManifestHealth.Unreadable, e.Message);
        }
    }

    private async Task<RestoredCheckpoint> OpenAsync(ManifestRef manifest, CancellationToken cancellationToken)
    {
        RestoredCheckpoint opened = WithPrepared(await RestoredCheckpoint.OpenAsync(_job, Heads.ToReference(manifest), cancellationToken, _verified));
        opened.ForgetsRenamed = (_host.Faults.Protocol & ProtocolFaults.ForgetRenamedState) != 0;
        return opened;
    }

    private void LogFallBack(RecoveryDecision.FallBack fallBack)
    {
        foreach (ManifestCheck skipped in fallBack.Skipped)
            Log.CheckpointDamaged(_logger, _job.Name, skipped.Manifest.Checkpoint.Value, skipped.Detail);
        Log.FallsBack(_logger, _job.Name, fallBack.Manifest.Checkpoint.Value, string.Join(", ", fallBack.VisibleAgain.Select(id => id.Value)));
    }

    /// <summary>Publishes what the checkpoint holds as staged; the generation before may have died before it could, or half way.</summary>
    private async Task PublishRestoredAsync(JobPlan plan, RestoredCheckpoint? restored, CancellationToken cancellationToken)
    {
        _committers = [];
        foreach (SinkNode sink in plan.Nodes.OfType<SinkNode>())
        {
            var context = new SubtaskSinkContext(_run!, sink.Name!, 0, plan.ParallelismOf(sink), signals: null);
            if (sink.Committer(context) is not { } committer)
                continue;
            _committers.Add(committer);
            if (restored is not null && (_host.Faults.Protocol & ProtocolFaults.SkipPublishAtRecovery) == 0)
                await committer.CommitAsync(await restored.ReadStagedAsync(committer, cancellationToken), cancellationToken);

            // The newer checkpoint may be brought back from a backup, and then wants what it has staged.
            if (!_fellBack)
                await committer.CleanUpAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Neither needs the other, and both may have to ask somebody far away. What fails first is told; the other is not waited
    /// for longer than it takes to be cancelled.
    /// </summary>
    private async Task<IReadOnlyDictionary<SourceNode, IReadOnlyList<StoredSplit>>> PublishAndListAsync(
        JobPlan plan, RestoredCheckpoint? restored, CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task publishing = PublishRestoredAsync(plan, restored, both.Token);
        Task<IReadOnlyDictionary<SourceNode, IReadOnlyList<StoredSplit>>> listing = ListSplitsAsync(plan, restored, both.Token);
        Task first = await Task.WhenAny(publishing, listing);
        if (!first.IsCompletedSuccessfully)
        {
            // Not CancelAsync: that one goes to the thread pool.
#pragma warning disable CA1849
            both.Cancel();
#pragma warning restore CA1849
            await Task.WhenAny(Task.WhenAll(publishing, listing));
            await first;
        }

        await publishing;
        return await listing;
    }

    /// <summary>The splits that exist, at the positions of the checkpoint where it knows them.</summary>
    private async Task<IReadOnlyDictionary<SourceNode, IReadOnlyList<StoredSplit>>> ListSplitsAsync(
        JobPlan plan, RestoredCheckpoint? restored, CancellationToken cancellationToken)
    {
        var all = new Dictionary<SourceNode, IReadOnlyList<StoredSplit>>();
        foreach (SourceNode source in plan.Nodes.OfType<SourceNode>())
        {
            IReadOnlyDictionary<string, StoredSplit>? stored = restored is null ? null : await restored.ReadPositionsAsync(source, cancellationToken);
            var context = new DiscoveryContext(_run!, source.Name!, plan.ParallelismOf(source), isResuming: restored?.Knows(source.Name!) == true);
            IReadOnlyList<StoredSplit> found = await source.DiscoverAsync(context, cancellationToken);
            if (stored is not null)
                found = Merge(source.Name!, found, stored);
            all.Add(source, found);
        }

        return all;
    }

    private IReadOnlyList<StoredSplit> Merge(string source, IReadOnlyList<StoredSplit> found, IReadOnlyDictionary<string, StoredSplit> stored)
    {
        var ids = found.Select(split => split.Id).ToHashSet(StringComparer.Ordinal);
        List<string> gone = [.. stored.Values.Where(split => !split.Ended && !ids.Contains(split.Id)).Select(split => split.Id)];
        if (gone.Count != 0)
            throw new JobConfigurationException(_job.Name, [$"source '{source}': the checkpoint has a position in {string.Join(", ", gone.Select(id => $"'{id}'"))}, which can't be found now; bring it back, or start from an empty checkpoint folder."]);

        // Ended splits that are gone stay known, so that they are not read again should they come back.
        return [.. found.Select(split => stored.GetValueOrDefault(split.Id, split)), .. stored.Values.Where(split => !ids.Contains(split.Id))];
    }
}
