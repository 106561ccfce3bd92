using Gristmill.Checkpoints;
using Gristmill.Graph;
using Gristmill.Operators;
using Gristmill.Queries;
using Gristmill.Runtime;
using Microsoft.Extensions.Logging;

namespace Gristmill.Jobs;

/// <summary>A node in this process. All of it but the reports of subtasks runs where the host posts things.</summary>
/// <param name="setup">The generation.</param>
/// <param name="index">The node's number, by which its files are told apart.</param>
/// <param name="mine">The subtasks it runs.</param>
/// <param name="host">What steps them.</param>
/// <param name="keepStagedBytes">Whether what sinks stage has to travel to the coordinator.</param>
internal sealed class HostNode(GenerationSetup setup, int index, IReadOnlyList<SubtaskPlan> mine, INodeHost host, bool keepStagedBytes = false) : IHostNode, ISubtaskReports
{
    private const int MostRemembered = 1000;

    private readonly ILogger _logger = host.Loggers.CreateLogger("Gristmill.Job");
    private readonly BlockBuffers _buffers = new();
    private readonly List<Subtask> _subtasks = [];
    private readonly Lock _lock = new();
    private readonly Dictionary<long, CheckpointWriter> _writers = [];
    private readonly SortedSet<long> _over = [];

    // The same once all are made, for those who ask from other threads.
    private volatile Subtask[] _running = [];

    public long? Watermark
    {
        get
        {
            long lowest = long.MaxValue;
            foreach (Subtask subtask in _running)
            {
                long own = subtask.Watermark;
                if (own != ChainOperator.NoWatermark)
                    lowest = Math.Min(lowest, own);
            }

            return lowest == long.MaxValue ? null : lowest;
        }
    }

    private string Job => setup.Job.Name;

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        setup.Job.LogTo(host.Loggers);
        SubtaskFactory.CreateAll(setup.Run, mine, setup.Splits, this, _subtasks);
        if (setup.Restored is { } restored)
        {
            await restored.ReadWatermarksAsync(cancellationToken);
            foreach (IGrouping<TaskPlan, Subtask> task in _subtasks.GroupBy(subtask => subtask.Task))
                await restored.RestoreAsync([.. task], cancellationToken);
        }

        _running = [.. _subtasks];
    }

    public void Begin() => host.Start(_subtasks);

    public void Post(SubtaskCommand command)
    {
        CheckpointWriter? dropped = command switch
        {
            SubtaskCommand.Abort abort => Forget(abort.Checkpoint),
            SubtaskCommand.Committed committed => Forget(committed.Checkpoint),
            _ => null,
        };
        foreach (Subtask subtask in _subtasks)
        {
            if (command is not SubtaskCommand.Trigger || subtask is SourceSubtask)
                subtask.Post(command);
        }

        if (dropped is not null)
            DisposeQuietly(dropped);
    }

    public bool Runs(int subtask) => mine.Any(plan => plan.Number == subtask);

    public Task<StateAnswer> QueryAsync(int subtask, StateQuery query)
        => _running.FirstOrDefault(one => one.Number == subtask)?.AskAsync(query)
            ?? Task.FromException<StateAnswer>(new StateQueryException($"Operator '{query.Address.Operator}' is being restored; ask again, or for its last checkpoint."));

    public async Task CloseAsync()
    {
        await QuietlyAsync(() => new ValueTask(host.StopAsync()));
        List<CheckpointWriter> open;
        lock (_lock)
            open = [.. _writers.Values];
        foreach (CheckpointWriter writer in open)
            await QuietlyAsync(writer.DisposeAsync);
        await Task.WhenAll(_subtasks.Select(subtask => QuietlyAsync(subtask.CloseAsync)));
    }

    ISnapshotSink ISubtaskReports.OpenSnapshot(Subtask subtask, long checkpoint)
    {
        lock (_lock)
        {
            if (_over.Contains(checkpoint))
                return DroppedSnapshot.Instance;
            if (!_writers.TryGetValue(checkpoint, out CheckpointWriter? writer))
                _writers.Add(checkpoint, writer = Open(checkpoint));
            return writer;
        }
    }

    void ISubtaskReports.SnapshotWritten(Subtask subtask, SubtaskSnapshot snapshot) => host.Post(() =>
    {
        CheckpointWriter? writer;
        lock (_lock)
            _writers.TryGetValue(snapshot.Checkpoint, out writer);
        if (writer is null)
            return;
        setup.Events.SnapshotWritten(snapshot.Checkpoint, new SubtaskTimes(subtask.Number, subtask.Task.Head.Label, subtask.Index, snapshot.Times));
        writer.SubtaskWritten(subtask, snapshot);
    });

    void ISubtaskReports.Declined(Subtask subtask, long checkpoint, string reason)
        => host.Post(() => setup.Events.Declined(checkpoint, subtask.Number, reason));

    void ISubtaskReports.Ended(Subtask subtask) => host.Post(() => setup.Events.Ended(subtask.Number));

    void ISubtaskReports.Failed(Subtask subtask, Exception error) => host.Post(() => setup.Events.Failed($"subtask {subtask.Label}", error));

    private CheckpointWriter Open(long checkpoint) => new(
        setup.Job.Store, setup.Job.Options.Checkpoints.Encoding, CheckpointLayout.NodeFile(Job, checkpoint, setup.Run.Generation, index), mine.Count, _buffers, host, keepStagedBytes,
        writer => setup.Events.FileWritten(checkpoint, new NodeFile(writer.Through, writer.Blocks, writer.Staged, writer.Bytes)),
        error => setup.Events.WriteFailed(checkpoint, error));

    /// <summary>A barrier of it that comes late opens nothing any more.</summary>
    private CheckpointWriter? Forget(long checkpoint)
    {
        lock (_lock)
        {
            _over.Add(checkpoint);
            if (_over.Count > MostRemembered)
                _over.Remove(_over.Min);
            _writers.Remove(checkpoint, out CheckpointWriter? writer);
            return writer;
        }
    }

    private async void DisposeQuietly(CheckpointWriter writer) => await QuietlyAsync(writer.DisposeAsync);

    /// <summary>One part that can't be closed keeps none of the others open.</summary>
    private async Task QuietlyAsync(Func<ValueTask> close)
    {
        try
        {
            await close();
        }
        catch (Exception e)
        {
            Log.CloseFailed(_logger, Job, setup.Run.Generation, e.Message);
        }
    }

    /// <summary>Takes the snapshot of a checkpoint that has been aborted meanwhile.</summary>
    private sealed class DroppedSnapshot : ISnapshotSink
    {
        public static readonly DroppedSnapshot Instance = new();

        public bool IsBackedUp => false;

        public Codec.ByteWriter RentBuffer() => new();

        public void Write(BlockHeader header, Codec.ByteWriter payload)
        {
        }
    }
}
