using System.Text.Json;
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
internal sealed partial class OperatorGrain(
    JobCatalog catalog, SiloChannels siloChannels, LocalJobs local, GristmillClusterOptions options,
    ILocalSiloDetails silo, IGrainFactory grains, ILoggerFactory loggers, TimeProvider time) : Grain, IOperatorGrain, INodeEvents
{
    private static readonly TimeSpan LongestUnsubscribe = TimeSpan.FromSeconds(2);

    private readonly ILogger _logger = loggers.CreateLogger("Gristmill.Cluster");
    private readonly Dictionary<long, CheckpointCost> _costs = [];
    private readonly CancellationTokenSource _closed = new();
    private SubtaskKey _key;
    private GrainTurns? _turns;
    private GrainChannels? _channels;
    private HostNode? _node;
    private JobRun? _run;
    private ReportQueue? _reports;
    private StreamSubscriptionHandle<EpochMessage>? _epochs;
    private long _triggered;
    private long _heardAt;
    private bool _isPrepared;
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

    public Task BeginAsync(IReadOnlyList<string> keys, IReadOnlyList<SiloAddress> silos)
    {
        if (!_isPrepared || _closing)
            throw new JobOperationException($"Subtask {_key} is not prepared on {silo.SiloAddress}.");
        _channels!.Connect([.. keys.Select(key => grains.GetGrain<IOperatorGrain>(key))], silos);
        _node!.Begin();

        // Nobody waits for it: until it is there, the coordinator's calls make up for it.
        if (_run!.Plan.Subtasks[_key.Number].Task.Head is SourceNode)
            Subscribe();
        return Task.CompletedTask;
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

    public Task<Delivery> AnnounceAsync(BarrierNotice notice)
        => Task.FromResult(_channels is null || _closing ? Delivery.Gone : _channels.Announce(notice));

    public Task<SubtaskPulse> PingAsync()
    {
        _heardAt = time.GetTimestamp();

        // Only asked whether its silo is there, or about an activation that is lost: it need not stay.
        if (_preparing is null)
            DeactivateOnIdle();
        return Task.FromResult(new SubtaskPulse
        {
            IsAlive = _isPrepared && !_closing,
            HasFailed = _failed,
            Silo = silo.SiloAddress,
            Watermark = _node?.Watermark,
            Triggered = _triggered,
            RecordsIn = _run?.Metrics.TotalRecordsIn ?? 0,
            RecordsOut = _run?.Metrics.TotalRecordsOut ?? 0,
            BadRecords = _run?.Metrics.TotalBadRecords ?? 0,
            LateDropped = _run?.Metrics.TotalLateDropped ?? 0,
        });
    }

    public Task<StateReply> QueryAsync(StateRequest request)
        => _isPrepared && _node is { } node && !_closing
            ? StateMessages.AnswerAsync(() => node.QueryAsync(_key.Number, StateMessages.Query(request)))
            : throw new JobOperationException($"Subtask {_key} does not run on {silo.SiloAddress} any more; ask again, or for the last checkpoint.");

    public Task CloseAsync() => LeaveAsync();

    void INodeEvents.SnapshotWritten(long checkpoint, SubtaskTimes times)
        => _costs[checkpoint] = new CheckpointCost(times.Times.Bytes, times.Times.AlignMs, times.Times.PauseMs, times.Times.SnapshotMs, times.Times.BusyMs, times.Times.IsUnaligned, times.Times.InFlightBytes);

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

    private async void Subscribe()
    {
        try
        {
            IAsyncStream<EpochMessage> stream = this.GetStreamProvider(options.Streams).GetStream<EpochMessage>(EpochStream.Of(_key.Job, _key.Generation));
            if (options.Subscribing is { } subscribing)
                await subscribing();
            StreamSubscriptionHandle<EpochMessage> epochs = await stream.SubscribeAsync((epoch, _) =>
            {
                if (options.LosesEpoch?.Invoke(epoch.Checkpoint) != true && epoch.Generation == _key.Generation)
                    Trigger(epoch.Checkpoint, epoch.CheckpointKind);
                return Task.CompletedTask;
            });
            if (_closing)
                await UnsubscribeAsync(epochs);
            else
                _epochs = epochs;
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
        IReadOnlyList<StagedBlock>? staged = null, bool mayRestart = true, bool isUnreachable = false) => _reports?.Add(new NodeReport
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
            IsUnreachable = isUnreachable,
        });

    private void Fail(string who, Exception error)
    {
        if (_failed || _closing)
            return;
        _failed = true;
        Report(
            NodeReportKind.Failed, 0, $"{who} on {silo.SiloAddress}: {error.GetType().Name}: {error.Message}",
            mayRestart: JobGeneration.MayRestart(error), isUnreachable: error is NodeLostException);
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
        await _closed.CancelAsync();

        // It says itself what became of it; never throws.
        if (_preparing is not null)
            await _preparing;
        if (_node is not null)
            await QuietlyAsync(_node.CloseAsync());
        else if (_turns is not null)
            await QuietlyAsync(_turns.StopAsync());
        _turns?.Dispose();
        local.Remove(_key);
        if (_epochs is { } epochs)
            await UnsubscribeAsync(epochs);
    }

    /// <summary>What is left behind, the next generation's coordinator clears away.</summary>
    private Task UnsubscribeAsync(StreamSubscriptionHandle<EpochMessage> epochs) => QuietlyAsync(epochs.UnsubscribeAsync().WaitAsync(LongestUnsubscribe, time));

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
