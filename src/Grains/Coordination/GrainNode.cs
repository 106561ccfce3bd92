using System.Text.Json;
using Gristmill.Checkpoints.Internal;
using Gristmill.GrainInterfaces;
using Gristmill.Graph;
using Gristmill.Jobs;
using Gristmill.Queries;
using Gristmill.Runtime;

namespace Gristmill.Grains;

/// <summary>A subtask on some silo, as the coordinator sees it. Runs in the coordinator's turns.</summary>
internal sealed class GrainNode(GenerationNodes generation, SubtaskPlan subtask, SubtaskKey key, IOperatorGrain grain) : IHostNode
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestClose = TimeSpan.FromSeconds(3);

    private readonly Queue<NodeCommand> _commands = [];
    private SubtaskPulse? _pulse;
    private long _heard;
    private bool _sending;
    private bool _prepared;
    private bool _closed;

    public SubtaskPlan Subtask => subtask;

    public string Key => key.ToString();

    public IOperatorGrain Grain => grain;

    public SiloAddress? Silo { get; private set; }

    public bool IsSource => subtask.Task.Head is SourceNode;

    public long? Watermark => _pulse?.Watermark;

    public long Triggered => _pulse?.Triggered ?? 0;

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _prepared = true;
        try
        {
            Silo = await grain.PrepareAsync(generation.Describe(subtask)).WaitAsync(generation.Options.RestoreTimeout, generation.Time, cancellationToken);
        }
        catch (Exception e) when (IsUnreachable(e))
        {
            generation.Suspect(key.Silo);
            throw;
        }
    }

    public void Begin() => generation.Begin();

    public void Post(SubtaskCommand command)
    {
        switch (command)
        {
            case SubtaskCommand.Trigger trigger:
                generation.Issue(trigger);
                break;
            case SubtaskCommand.Abort abort:
                generation.IsOver(abort.Checkpoint);
                Send(new NodeCommand(NodeCommandKind.Abort, abort.Checkpoint, 0));
                break;
            case SubtaskCommand.Committed committed:
                generation.IsOver(committed.Checkpoint);
                Send(new NodeCommand(NodeCommandKind.Committed, committed.Checkpoint, 0));
                break;
            case SubtaskCommand.Drain:
                Send(new NodeCommand(NodeCommandKind.Drain, 0, 0));
                break;
        }
    }

    /// <summary>Passes on a report, unless it has come before.</summary>
    public void Take(NodeReport report)
    {
        if (report.Sequence <= _heard)
            return;
        _heard = report.Sequence;
        INodeEvents events = generation.Events;
        switch (report.Kind)
        {
            case NodeReportKind.Written:
                TakeWritten(report);
                break;
            case NodeReportKind.WriteFailed:
                events.WriteFailed(report.Checkpoint, new CheckpointWriteError(subtask.Number, report.Detail ?? "", new InvalidOperationException(report.Detail)));
                break;
            case NodeReportKind.Declined:
                events.Declined(report.Checkpoint, subtask.Number, report.Detail ?? "");
                break;
            case NodeReportKind.Ended:
                events.Ended(subtask.Number);
                break;
            case NodeReportKind.Failed:
                events.Failed($"subtask {subtask.Label}", report.MayRestart ? new InvalidOperationException(report.Detail) : new JobFailedException(report.Detail ?? "", cause: null));
                break;
        }
    }

    /// <summary>Looks after the subtask.</summary>
    public async Task PingAsync()
    {
        try
        {
            SubtaskPulse pulse = await grain.PingAsync().WaitAsync(generation.Options.PingTimeout, generation.Time);
            if (_closed)
                return;
            if (!pulse.IsAlive)
                throw new InvalidOperationException($"it is not there any more; silo {Silo} has lost it");
            generation.Count(_pulse, pulse);
            _pulse = pulse;
        }
        catch (Exception e) when (!_closed)
        {
            if (IsUnreachable(e))
                generation.Suspect(key.Silo);
            generation.Events.Failed($"subtask {subtask.Label} on {Silo}", e);
        }
        catch (Exception)
        {
            // Closed meanwhile.
        }
    }

    public bool Runs(int number) => subtask.Number == number;

    public async Task<StateAnswer> QueryAsync(int number, StateQuery query)
    {
        try
        {
            return StateMessages.Answer(await grain.QueryAsync(StateMessages.Request(query)).WaitAsync(generation.Options.PingTimeout, generation.Time));
        }
        catch (Exception e) when (e is JobOperationException || IsUnreachable(e))
        {
            throw new StateQueryException(e is JobOperationException ? e.Message : $"Subtask {subtask.Label} on {Silo} does not answer ({e.Message}); ask again, or for the last checkpoint.", e);
        }
    }

    public async Task CloseAsync()
    {
        _closed = true;
        generation.Close();
        if (_prepared)
            await grain.CloseAsync().WaitAsync(LongestClose, generation.Time);
    }

    /// <summary>Tells the subtask something, in order, until it has heard it or its generation ends.</summary>
    public async void Send(NodeCommand command)
    {
        _commands.Enqueue(command);
        if (_sending)
            return;
        _sending = true;
        while (!_closed && _commands.TryPeek(out NodeCommand? next))
        {
            try
            {
                await grain.CommandAsync(next).WaitAsync(generation.Options.PingTimeout, generation.Time);
                _commands.Dequeue();
            }
            catch (Exception)
            {
                // Whatever kept it from being heard: the pings tell whether the subtask is still there.
                await Task.Delay(RetryAfter, generation.Time);
            }
        }

        _sending = false;
    }

    private static bool IsUnreachable(Exception error) => error is OrleansException or TimeoutException;

    private void TakeWritten(NodeReport report)
    {
        INodeEvents events = generation.Events;
        CheckpointCost cost = report.Cost ?? new CheckpointCost(0, 0, 0, 0, 0);
        var times = new SnapshotTimes { Bytes = cost.Bytes, AlignMs = cost.AlignMs, PauseMs = cost.PauseMs, SnapshotMs = cost.SnapshotMs, BusyMs = cost.BusyMs };
        events.SnapshotWritten(report.Checkpoint, new SubtaskTimes(subtask.Number, subtask.Task.Head.Label, subtask.Index, times));
        var blocks = JsonSerializer.Deserialize(report.Blocks, CheckpointJson.Line.ListBlockInfo)!;
        events.FileWritten(report.Checkpoint, new NodeFile(
            [subtask.Number], blocks,
            [.. report.Staged.Select(part => new Jobs.StagedPart(part.Operator, generation.Decode(part), Encoded: null))],
            blocks.Sum(block => block.Length)));
    }
}
