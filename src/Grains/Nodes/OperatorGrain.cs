using System.Text.Json;
using Gristmill.Checkpoints;
using Gristmill.Checkpoints.Internal;
using Gristmill.GrainInterfaces;
using Gristmill.Graph;
using Gristmill.Jobs;
using Gristmill.Protocol;
using Gristmill.Runtime;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Streams;

namespace Gristmill.Grains;

/// <summary>One subtask of one generation: the engine's own tasklet, stepped in this grain's turns.</summary>
[Reentrant]
[SubtaskPlacement]
internal sealed class OperatorGrain(
    JobCatalog catalog, SiloChannels local, LocalSubtasks subtasks, GristmillClusterOptions options,
    ILocalSiloDetails silo, IGrainFactory grains, ILoggerFactory loggers, TimeProvider time) : Grain, IOperatorGrain, INodeEvents
{
    private readonly ILogger _logger = loggers.CreateLogger("Gristmill.Cluster");
    private readonly Dictionary<long, CheckpointCost> _costs = [];
    private SubtaskKey _key;
    private GrainTurns? _turns;
    private GrainChannels? _channels;
    private HostNode? _node;
    private JobRun? _run;
    private ReportQueue? _reports;
    private StreamSubscriptionHandle<EpochMessage>? _epochs;
    private long _triggered;
    private long _heardAt;
    private bool _failed;
    private bool _closing;
    private bool _deactivating;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = SubtaskKey.Parse(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _deactivating = true;
        return EndAsync();
    }

    public async Task<SiloAddress> PrepareAsync(SubtaskSetup setup)
    {
        if (_node is not null || _closing)
            return silo.SiloAddress;
        JobDefinition job = catalog.Create(setup.Job);
        var plan = new JobPlan(job.Name, job.Nodes, job.Options);
        if (JobCatalog.Digest(plan, job.Options) != setup.Plan)
            throw new JobOperationException($"Silo {silo.SiloAddress} was built with another version of job '{job.Name}' than the coordinator's silo; deploy one version to all silos.");
        SubtaskPlan mine = plan.Subtasks[setup.Number];
        _turns = new GrainTurns(time, loggers);
        _channels = new GrainChannels(new Wiring(
            job.Name, setup.Generation, setup.Number, silo.SiloAddress, plan, job.Options, local, _turns, time, error => Fail($"subtask {mine.Label}", error)));
        _run = new JobRun
        {
            Plan = plan,
            Options = job.Options,
            Generation = setup.Generation,
            FirstCheckpoint = setup.FirstCheckpoint,
            Time = time,
            Waker = _turns,
            Loggers = loggers,
            Metrics = new JobMetrics(),
            Channels = _channels,
        };
        _reports = new ReportQueue(grains.GetGrain<ICheckpointCoordinatorGrain>(setup.Job), time, End);
        RestoredCheckpoint? restored = setup.Restored is not { } manifest ? null : await RestoredCheckpoint.OpenAsync(
            job.Store, job.Decoding, job.Name, new ManifestReference(manifest.Checkpoint, manifest.Generation, manifest.Name, manifest.Hash), CancellationToken.None);
        var node = new HostNode(new GenerationSetup(job, _run, SplitsOf(mine, setup), restored, this), setup.Number, [mine], _turns, keepStagedBytes: true);
        await node.PrepareAsync(CancellationToken.None);
        _node = node;
        subtasks.Add(_key);
        _heardAt = time.GetTimestamp();
        this.RegisterGrainTimer(WatchAsync, options.PingInterval, options.PingInterval);
        return silo.SiloAddress;
    }

    public async Task BeginAsync(IReadOnlyList<string> keys, IReadOnlyList<SiloAddress> silos)
    {
        if (_node is null || _closing)
            throw new JobOperationException($"Subtask {_key} is not prepared on {silo.SiloAddress}.");
        _channels!.Connect([.. keys.Select(key => grains.GetGrain<IOperatorGrain>(key))], silos);
        if (_run!.Plan.Subtasks[_key.Number].Task.Head is SourceNode)
            await SubscribeAsync();
        _node.Begin();
    }

    public Task CommandAsync(NodeCommand command)
    {
        _heardAt = time.GetTimestamp();
        switch (command.Kind)
        {
            case NodeCommandKind.Trigger:
                Trigger(command.Checkpoint, command.CheckpointKind);
                break;
            case NodeCommandKind.Abort:
                _costs.Remove(command.Checkpoint);
                _node?.Post(new SubtaskCommand.Abort(command.Checkpoint));
                break;
            case NodeCommandKind.Committed:
                _node?.Post(new SubtaskCommand.Committed(command.Checkpoint));
                break;
            case NodeCommandKind.Drain:
                _node?.Post(new SubtaskCommand.Drain());
                break;
        }

        return Task.CompletedTask;
    }

    public Task<Delivery> DeliverAsync(ChannelMessages messages)
        => _channels is null || _closing ? Task.FromResult(Delivery.Gone) : _channels.DeliverAsync(messages);

    public Task<SubtaskPulse> PingAsync()
    {
        _heardAt = time.GetTimestamp();
        return Task.FromResult(new SubtaskPulse
        {
            IsAlive = _node is not null && !_failed && !_closing,
            Watermark = _node?.Watermark,
            Triggered = _triggered,
            RecordsIn = _run?.Metrics.TotalRecordsIn ?? 0,
            RecordsOut = _run?.Metrics.TotalRecordsOut ?? 0,
            BadRecords = _run?.Metrics.TotalBadRecords ?? 0,
            LateDropped = _run?.Metrics.TotalLateDropped ?? 0,
        });
    }

    public Task<StateReply> QueryAsync(StateRequest request)
        => _node is { } node && !_closing
            ? StateMessages.AnswerAsync(() => node.QueryAsync(_key.Number, StateMessages.Query(request)))
            : throw new JobOperationException($"Subtask {_key} does not run on {silo.SiloAddress} any more; ask again, or for the last checkpoint.");

    public Task CloseAsync() => LeaveAsync();

    void INodeEvents.SnapshotWritten(long checkpoint, SubtaskTimes times)
        => _costs[checkpoint] = new CheckpointCost(times.Times.Bytes, times.Times.AlignMs, times.Times.PauseMs, times.Times.SnapshotMs, times.Times.BusyMs);

    void INodeEvents.FileWritten(long checkpoint, NodeFile file)
    {
        _costs.Remove(checkpoint, out CheckpointCost? cost);
        Report(NodeReportKind.Written, checkpoint, blocks: JsonSerializer.SerializeToUtf8Bytes([.. file.Blocks], CheckpointJson.Line.ListBlockInfo), cost: cost,
            staged: [.. file.Staged.Select(part => new StagedBlock(part.Operator, part.Encoded!.Value.Schema, part.Encoded.Value.Payload))]);
    }

    void INodeEvents.WriteFailed(long checkpoint, CheckpointWriteError error) => Report(NodeReportKind.WriteFailed, checkpoint, error.Detail);

    void INodeEvents.Declined(long checkpoint, int subtask, string reason) => Report(NodeReportKind.Declined, checkpoint, reason);

    void INodeEvents.Ended(int subtask) => Report(NodeReportKind.Ended, 0);

    void INodeEvents.Failed(string who, Exception error) => Fail(who, error);

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

    private async Task SubscribeAsync()
    {
        try
        {
            IAsyncStream<EpochMessage> stream = this.GetStreamProvider(options.Streams).GetStream<EpochMessage>(EpochStream.Of(_key.Job, _key.Generation));
            _epochs = await stream.SubscribeAsync((epoch, _) =>
            {
                if (options.LosesEpoch?.Invoke(epoch.Checkpoint) != true && epoch.Generation == _key.Generation)
                    Trigger(epoch.Checkpoint, epoch.CheckpointKind);
                return Task.CompletedTask;
            });
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The coordinator notices that epochs are not heard, and says them directly.
            ClusterLog.NoEpochStream(_logger, _key.Job, options.Streams, e.Message);
        }
    }

    private void Trigger(long checkpoint, int kind)
    {
        _triggered = Math.Max(_triggered, checkpoint);
        _node?.Post(new SubtaskCommand.Trigger(_key.Generation, checkpoint, (CheckpointKind)kind));
    }

    private void Report(
        NodeReportKind kind, long checkpoint, string? detail = null, byte[]? blocks = null, CheckpointCost? cost = null,
        IReadOnlyList<StagedBlock>? staged = null, bool mayRestart = true) => _reports?.Add(new NodeReport
        {
            Generation = _key.Generation,
            Number = _key.Number,
            Sequence = 0,
            Kind = kind,
            Checkpoint = checkpoint,
            Detail = detail,
            MayRestart = mayRestart,
            Blocks = blocks,
            Cost = cost,
            Staged = staged ?? [],
        });

    private void Fail(string who, Exception error)
    {
        if (_failed || _closing)
            return;
        _failed = true;
        Report(NodeReportKind.Failed, 0, $"{who} on {silo.SiloAddress}: {error.GetType().Name}: {error.Message}", mayRestart: JobGeneration.MayRestart(error));
    }

    /// <summary>Nobody has asked for a while: the coordinator may have died, and its grain wakes up elsewhere when it is called.</summary>
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        if (_closing || time.GetElapsedTime(_heardAt) < options.SilenceLimit)
            return;
        try
        {
            if (await grains.GetGrain<ICheckpointCoordinatorGrain>(_key.Job).WakeAsync(_key.Generation))
                _heardAt = time.GetTimestamp();
            else
                End();
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // Asked again at the next tick.
        }
    }

    private async void End() => await LeaveAsync();

    private async Task LeaveAsync()
    {
        await EndAsync();
        if (_deactivating)
            return;
        try
        {
            DeactivateOnIdle();
        }
        catch (InvalidOperationException)
        {
            // Its silo was quicker.
        }
    }

    private async Task EndAsync()
    {
        if (_closing)
            return;
        _closing = true;
        _reports?.Close();
        _channels?.Close();
        subtasks.Remove(_key);
        if (_epochs is not null)
            await QuietlyAsync(_epochs.UnsubscribeAsync());
        if (_node is not null)
            await QuietlyAsync(_node.CloseAsync());
        else if (_turns is not null)
            await QuietlyAsync(_turns.StopAsync());
        _turns?.Dispose();
    }

    private async Task QuietlyAsync(Task closing)
    {
        try
        {
            await closing;
        }
        catch (Exception e)
        {
            ClusterLog.CloseFailed(_logger, _key.Job, _key.Number, e.Message);
        }
    }
}
