using Gristmill.GrainInterfaces;
using Gristmill.Graph;
using Gristmill.Jobs;
using Gristmill.Runtime;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Gristmill.Grains;

/// <summary>All subtasks of a generation, wherever they are. Runs in the coordinator's turns.</summary>
internal sealed class GenerationNodes
{
    private readonly GenerationSetup _setup;
    private readonly Dictionary<string, ISinkCommitter> _committers = [];
    private readonly Dictionary<long, NodeCommand> _open = [];
    private readonly CancellationTokenSource _closed = new();
    private readonly CancellationTokenSource _preparationFailed = new();
    private readonly IAsyncStream<EpochMessage> _epochs;
    private readonly string _digest;
    private readonly IStreamProvider _streams;
    private readonly ILogger _logger;
    private bool _begun;

    public GenerationNodes(GenerationSetup setup, GristmillClusterOptions options, SiloChoice choice, IGrainFactory grains, IStreamProvider streams, ILogger logger)
    {
        Silos = choice;
        _setup = setup;
        _streams = streams;
        _logger = logger;
        Options = options;
        IReadOnlyList<SiloAddress> silos = choice.Place(setup.Run.Plan.Subtasks.Max(subtask => subtask.Index) + 1);
        _epochs = streams.GetStream<EpochMessage>(EpochStream.Of(setup.Job.Name, Generation));
        _digest = JobCatalog.Digest(setup.Run.Plan, setup.Job.Options);
        foreach (SinkNode sink in setup.Run.Plan.Nodes.OfType<SinkNode>())
        {
            if (sink.Committer(new SubtaskSinkContext(setup.Run, sink.Name!, 0, setup.Run.Plan.ParallelismOf(sink), signals: null)) is { } committer)
                _committers.Add(committer.Operator, committer);
        }

        Nodes = [.. setup.Run.Plan.Subtasks.Select(subtask =>
        {
            var key = new SubtaskKey(setup.Job.Name, Generation, subtask.Number, silos[subtask.Index].ToParsableString());
            return new GrainNode(this, subtask, key, grains.GetGrain<IOperatorGrain>(key.ToString()));
        })];
    }

    public IReadOnlyList<GrainNode> Nodes { get; }

    public GristmillClusterOptions Options { get; }

    /// <summary>Told of a silo that does not answer, or does not fit.</summary>
    public SiloChoice Silos { get; }

    public INodeEvents Events => _setup.Events;

    public TimeProvider Time => _setup.Run.Time;

    public long Generation => _setup.Run.Generation;

    public string Placement => string.Join(", ", Nodes.GroupBy(node => node.Silo).Select(silo => $"{silo.Key}: {string.Join(' ', silo.Select(node => node.Subtask.Label))}"));

    /// <summary>What a subtask is made from.</summary>
    public SubtaskSetup Describe(SubtaskPlan subtask) => new()
    {
        Job = _setup.Job.Name,
        Generation = Generation,
        Number = subtask.Number,
        FirstCheckpoint = _setup.Run.FirstCheckpoint,
        Lineage = _setup.Run.Lineage,
        Plan = _digest,
        Splits = subtask.Task.Head is not SourceNode source ? [] :
            [.. SubtaskFactory.SplitsOf(source, _setup.Splits[source], subtask.Index, subtask.Task.Parallelism).Select(split => new SplitPosition(split.Id, split.Position, split.Ended))],
        Restored = _setup.Restored?.Reference is { } restored ? new ManifestName(restored.Checkpoint, restored.Generation, restored.Manifest, restored.Hash) : null,
    };

    /// <summary>What a sink staged, as its committer takes it.</summary>
    public object Decode(StagedBlock staged) => _committers[staged.Operator].Decode(staged.Schema, staged.Payload);

    /// <summary>Has all subtasks begin; the first call counts.</summary>
    public async void Begin()
    {
        if (_begun)
            return;
        _begun = true;
        ClusterLog.Placed(_logger, _setup.Job.Name, Generation, Placement);
        try
        {
            List<string> keys = [.. Nodes.Select(node => node.Key)];
            List<SiloAddress> silos = [.. Nodes.Select(node => node.Silo!)];
            await Task.WhenAll(Nodes.Select(node => node.BeginAsync(keys, silos)));
        }
        catch (Exception e)
        {
            Events.Failed("the subtasks", e);
            return;
        }

        foreach (GrainNode node in Nodes)
            Watch(node);
        ClearEpochs();
    }

    /// <summary>Cancelled when a subtask can't be prepared.</summary>
    public CancellationToken PreparationFailed => _preparationFailed.Token;

    public void FailPreparation() => _preparationFailed.Cancel();

    /// <summary>A silo can't run the job: the next generation does without it.</summary>
    public void LeaveOut(SiloAddress silo, string why)
    {
        ClusterLog.LeftOut(_logger, _setup.Job.Name, silo.ToString(), why);
        Silos.IsMisfit(silo);
    }

    /// <summary>Issues an epoch to all sources: by the stream, and later directly to those who have not heard.</summary>
    public async void Issue(SubtaskCommand.Trigger trigger)
    {
        var command = new NodeCommand(NodeCommandKind.Trigger, trigger.Checkpoint, (int)trigger.Kind);
        if (!_open.TryAdd(trigger.Checkpoint, command))
            return;
        try
        {
            await _epochs.OnNextAsync(new EpochMessage(trigger.Generation, trigger.Checkpoint, (int)trigger.Kind));
        }
        catch (Exception)
        {
            // As good as lost: the pings tell who has not heard.
        }
    }

    /// <summary>A checkpoint is committed or aborted: nobody needs to hear of it any more.</summary>
    public void IsOver(long checkpoint) => _open.Remove(checkpoint);

    public void Close() => _closed.Cancel();

    /// <summary>Adds what a subtask has counted since its last pulse.</summary>
    public void Count(SubtaskPulse? before, SubtaskPulse now)
    {
        JobMetrics metrics = _setup.Run.Metrics;
        metrics.RecordsIn("cluster", 0).Add(now.RecordsIn - (before?.RecordsIn ?? 0));
        metrics.RecordsOut("cluster", 0).Add(now.RecordsOut - (before?.RecordsOut ?? 0));
        metrics.BadRecords("cluster", 0).Add(now.BadRecords - (before?.BadRecords ?? 0));
        metrics.LateDropped("cluster", 0).Add(now.LateDropped - (before?.LateDropped ?? 0));
    }

    private async void ClearEpochs()
    {
        try
        {
            await EpochStream.ClearBeforeAsync(_streams, Options.Streams, _setup.Job.Name, Generation);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            ClusterLog.EpochsNotCleared(_logger, _setup.Job.Name, Options.Streams, e.Message);
        }
    }

    private async void Watch(GrainNode node)
    {
        try
        {
            while (!_closed.IsCancellationRequested)
            {
                List<NodeCommand> unheard = [.. _open.Values];
                await node.PingAsync();
                foreach (NodeCommand trigger in unheard.Where(trigger => node.IsSource && trigger.Checkpoint > node.Triggered && _open.ContainsKey(trigger.Checkpoint)))
                    node.Send(trigger);
                await Task.Delay(Options.PingInterval, Time, _closed.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The generation is over.
        }
    }
}
