using Gristmill.Checkpoints;
using Gristmill.GrainInterfaces;
using Gristmill.Graph;
using Gristmill.Jobs;
using Gristmill.Runtime;

namespace Gristmill.Grains;

/// <content>From a setup to a subtask with its state.</content>
internal sealed partial class OperatorGrain
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    // Longer than a call needs, shorter than any call may take.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(1);

    private Task<Preparation>? _preparing;

    public async Task<Preparation> PrepareAsync(SubtaskSetup setup)
    {
        _heardAt = time.GetTimestamp();
        if (_closing)
            throw new JobOperationException($"Subtask {_key} is closed already.");
        Task<Preparation> preparing = _preparing ??= PrepareOnceAsync(setup);
        await Task.WhenAny(preparing, Task.Delay(options.PingInterval < LongestAnswer ? options.PingInterval : LongestAnswer, time));
        return preparing.IsCompleted ? await preparing : new Preparation(silo.SiloAddress, PreparationState.UnderWay, null);
    }

    private async Task<Preparation> PrepareOnceAsync(SubtaskSetup setup)
    {
        local.Add(_key);
        this.RegisterGrainTimer(WatchAsync, options.PingInterval, options.PingInterval);
        try
        {
            if (!catalog.Names.Contains(setup.Job, StringComparer.Ordinal))
                return new Preparation(silo.SiloAddress, PreparationState.OtherVersion, $"Silo {silo.SiloAddress} has no job '{setup.Job}'; deploy one version to all silos.");
            JobDefinition job = catalog.Create(setup.Job);
            await CheckStoreAsync(job, setup);
            RestoredCheckpoint? restored = setup.Restored is not { } manifest ? null : await RestoredCheckpoint.OpenAsync(
                job, new ManifestReference(manifest.Checkpoint, manifest.Generation, manifest.Name, manifest.Hash), _closed.Token);
            var plan = new JobPlan(job.Name, job.Nodes, job.Options);
            plan = restored?.Cut(plan, job.Options) ?? plan;
            if (JobCatalog.Digest(plan, job.Options) != setup.Plan)
            {
                return new Preparation(silo.SiloAddress, PreparationState.OtherVersion,
                    $"Silo {silo.SiloAddress} was built with another version of job '{job.Name}' than the coordinator's silo; deploy one version to all silos.");
            }

            await RestoreAsync(job, plan, restored, setup);
            return new Preparation(silo.SiloAddress, PreparationState.Done, null);
        }
        catch (Exception e)
        {
            return new Preparation(silo.SiloAddress, JobGeneration.MayRestart(e) ? PreparationState.Failed : PreparationState.FailedForGood, e.Message);
        }
    }

    /// <summary>
    /// The coordinator has taken its generation by moving the head: who can't see that looks at another store. What a
    /// shared disk shows may be a little old.
    /// </summary>
    private async Task CheckStoreAsync(JobDefinition job, SubtaskSetup setup)
    {
        long started = time.GetTimestamp();
        while (true)
        {
            long? seen = Heads.Decode(job.Name, await job.Store.ReadHeadAsync(job.Name, _closed.Token))?.Generation.Value;
            if (seen >= setup.Generation)
                return;
            if (time.GetElapsedTime(started) >= options.LongestStoreLag)
            {
                throw new JobFailedException(
                    $"The checkpoint store of silo {silo.SiloAddress}, {job.Store.Description}, {(seen is null ? $"knows nothing of job '{job.Name}'" : $"has job '{job.Name}' in generation {seen}")}, "
                    + $"but the coordinator has taken generation {setup.Generation} in its own: they are not the same store. Give all silos one that they share, as a mounted folder or a blob container.", cause: null);
            }

            await Task.Delay(LookAgain, time, _closed.Token);
        }
    }

    private async Task RestoreAsync(JobDefinition job, JobPlan plan, RestoredCheckpoint? restored, SubtaskSetup setup)
    {
        SubtaskPlan mine = plan.Subtasks[setup.Number];
        _turns = new GrainTurns(time, loggers);
        _channels = new GrainChannels(new Wiring(
            job.Name, setup.Generation, setup.Number, silo.SiloAddress, plan, job.Options, siloChannels, _turns, time, error => Fail($"subtask {mine.Label}", error)));
        _run = new JobRun
        {
            Plan = plan,
            Options = job.Options,
            Generation = setup.Generation,
            FirstCheckpoint = setup.FirstCheckpoint,
            Lineage = setup.Lineage,
            Time = time,
            Waker = _turns,
            Loggers = loggers,
            Metrics = new JobMetrics(),
            Channels = _channels,
        };
        _reports = new ReportQueue(grains.GetGrain<ICheckpointCoordinatorGrain>(setup.Job), options.PingTimeout, time, End);

        // Kept before it is through: whoever closes the subtask meanwhile closes all that it holds.
        _node = new HostNode(new GenerationSetup(job, _run, SplitsOf(mine, setup), restored, this), setup.Number, [mine], _turns, keepStagedBytes: true);
        await _node.PrepareAsync(_closed.Token);
        _closed.Token.ThrowIfCancellationRequested();
        _isPrepared = true;
    }

    private static Dictionary<SourceNode, IReadOnlyList<StoredSplit>> SplitsOf(SubtaskPlan mine, SubtaskSetup setup)
    {
        if (mine.Task.Head is not SourceNode source)
            return [];

        // The factory deals splits out by their place; at all the other places it finds nobody's.
        var dealt = new List<StoredSplit>();
        foreach (SplitPosition split in setup.Splits)
        {
            while (dealt.Count % mine.Task.Parallelism != mine.Index)
                dealt.Add(new StoredSplit("", [], Ended: true));
            dealt.Add(new StoredSplit(split.Id, split.Position, split.Ended));
        }

        return new Dictionary<SourceNode, IReadOnlyList<StoredSplit>> { [source] = dealt };
    }
}
