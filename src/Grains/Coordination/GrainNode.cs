using System.Text.Json;
using Gristmill.Checkpoints;
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
    private bool _opened;
    private bool _closed;

    public SubtaskPlan Subtask => subtask;

    public string Key => key.ToString();

    /// <summary>The silo it is on, once it is prepared: the one it was meant for, unless that one was gone.</summary>
    public SiloAddress? Silo { get; private set; }

    /// <summary>The silo it is on or was meant for.</summary>
    public SiloAddress Place => Silo ?? Meant;

    public bool IsSource => subtask.Task.Head is SourceNode;

    public long? Watermark => _pulse?.Watermark;

    public long Triggered => _pulse?.Triggered ?? 0;

    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _opened = true;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, generation.PreparationFailed);
        try
        {
            await PrepareAsync(generation.Describe(subtask), either.Token);
        }
        catch
        {
            // The others need not restore all they have to.
            generation.FailPreparation();
            throw;
        }
    }

    /// <summary>Connects and begins.</summary>
    public async Task BeginAsync(IReadOnlyList<string> keys, IReadOnlyList<SiloAddress> silos)
    {
        try
        {
            await grain.BeginAsync(keys, silos).WaitAsync(generation.Options.PingTimeout * 4, generation.Time);
        }
        catch (Exception e) when (IsUnreachable(e))
        {
            throw Lost(e);
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
                events.Failed($"subtask {subtask.Label}", report switch
                {
                    { IsUnreachable: true } => new NodeLostException(report.Detail ?? ""),
                    { MayRestart: true } => new InvalidOperationException(report.Detail),
                    _ => new JobFailedException(report.Detail ?? "", cause: null),
                });
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
            if (pulse.HasFailed)
                throw new InvalidOperationException("it has failed, and its report of why has not come yet");
            if (!pulse.IsAlive)
                throw new NodeLostException($"it is not there any more; silo {Silo} has lost it");
            generation.Count(_pulse, pulse);
            _pulse = pulse;
        }
        catch (Exception e) when (!_closed)
        {
            generation.Events.Failed($"subtask {subtask.Label} on {Silo}", IsUnreachable(e) ? Lost(e) : e);
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
        if (!_opened)
            return;
        try
        {
            await grain.CloseAsync().WaitAsync(LongestClose, generation.Time);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidOperationException($"subtask {subtask.Label} on silo {Place} did not say that it is closed: {e.Message} It ends by itself when it hears nothing any more.", e);
        }
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

    private SiloAddress Meant => SiloAddress.FromParsableString(key.Silo);

    private static bool IsUnreachable(Exception error) => error is OrleansException or TimeoutException;

    private async Task PrepareAsync(SubtaskSetup setup, CancellationToken cancellationToken)
    {
        long started = generation.Time.GetTimestamp();
        while (true)
        {
            Preparation? answer = await AskAsync(setup, cancellationToken);
            if (answer is { State: not PreparationState.UnderWay })
            {
                Silo = answer.Silo;
                Judge(answer);
                return;
            }

            if (generation.Time.GetElapsedTime(started) >= generation.Options.RestoreTimeout)
                throw new TimeoutException($"Subtask {subtask.Label} was not restored within {generation.Options.RestoreTimeout}; raise RestoreTimeout, or see whether the store is slow.");
        }
    }

    /// <summary>Asks how far the restore is; null if that is not known now.</summary>
    private async Task<Preparation?> AskAsync(SubtaskSetup setup, CancellationToken cancellationToken)
    {
        try
        {
            return await grain.PrepareAsync(setup).WaitAsync(generation.Options.PingTimeout, generation.Time, cancellationToken);
        }
        catch (TimeoutException) when (generation.Silos.IsActive(Meant))
        {
            // Who is reading a large state does not answer for a while. Whether its silo is there the membership finds out.
            return null;
        }
        catch (Exception e) when (IsUnreachable(e))
        {
            throw Lost(e);
        }
    }

    private void Judge(Preparation answer)
    {
        switch (answer.State)
        {
            case PreparationState.Done:
                return;
            case PreparationState.OtherVersion:
                generation.LeaveOut(answer.Silo, answer.Detail ?? "");
                throw new NodeLostException(answer.Detail ?? "");
            case PreparationState.FailedForGood:
                throw new JobFailedException($"Subtask {subtask.Label} on {answer.Silo} can't be restored: {answer.Detail}", cause: null);
            default:
                throw new InvalidOperationException($"Subtask {subtask.Label} on {answer.Silo} was not restored: {answer.Detail}");
        }
    }

    private NodeLostException Lost(Exception cause)
    {
        generation.Silos.Suspect(Place);
        return new NodeLostException($"Subtask {subtask.Label} on {Place} does not answer: {cause.Message}", cause);
    }

    private void TakeWritten(NodeReport report)
    {
        INodeEvents events = generation.Events;
        NodeFile file;
        try
        {
            List<BlockInfo> blocks = JsonSerializer.Deserialize(report.Blocks, CheckpointJson.Line.ListBlockInfo)!;
            file = new NodeFile(
                [subtask.Number], blocks,
                [.. report.Staged.Select(part => new Jobs.StagedPart(part.Operator, generation.Decode(part), Encoded: null))],
                blocks.Sum(block => block.Length));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // To be said again would not help: the checkpoint fails, and says why.
            events.WriteFailed(report.Checkpoint, new CheckpointWriteError(subtask.Number, $"what subtask {subtask.Label} on {Place} reports can't be read: {e.Message}", e));
            return;
        }

        CheckpointCost cost = report.Cost ?? new CheckpointCost(0, 0, 0, 0, 0, IsUnaligned: false, 0);
        var times = new SnapshotTimes
        {
            Bytes = cost.Bytes,
            AlignMs = cost.AlignMs,
            PauseMs = cost.PauseMs,
            SnapshotMs = cost.SnapshotMs,
            BusyMs = cost.BusyMs,
            IsUnaligned = cost.IsUnaligned,
            InFlightBytes = cost.InFlightBytes,
        };
        events.SnapshotWritten(report.Checkpoint, new SubtaskTimes(subtask.Number, subtask.Task.Head.Label, subtask.Index, times));
        events.FileWritten(report.Checkpoint, file);
    }
}
