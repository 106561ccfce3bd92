using Gristmill.Graph;
using Gristmill.Operators;
using Gristmill.Protocol;

namespace Gristmill.Runtime;

/// <summary>A subtask that reads channels: it lines barriers up and takes the lowest watermark.</summary>
internal sealed class InputSubtask : Subtask
{
    private readonly GateInput[] _inputs;
    private readonly BarrierAnnouncements _announcements = new();
    private List<BarrierAnnouncement> _announced = [];
    private AlignmentState _alignment;
    private long _overtakeAtMs = long.MaxValue;
    private bool _hasRestored;
    private long _alignStarted;
    private int _turn;
    private int _ended;

    public InputSubtask(
        JobRun run, TaskPlan task, int index, int number, ChainOperator[] operators, SubtaskSignals signals, ISubtaskReports reports, GateInput[] inputs)
        : base(run, task, index, number, operators, signals, reports)
    {
        _inputs = inputs;
        for (int i = 0; i < inputs.Length; i++)
            inputs[i].Index = i;
        AlignmentMode mode = run.Options.Checkpoints.Mode == CheckpointMode.ExactlyOnce ? AlignmentMode.ExactlyOnce : AlignmentMode.AtLeastOnce;
        _alignment = Alignment.Create(mode, inputs.Length, new CheckpointId(run.FirstCheckpoint - 1)) with { Faults = run.Faults };

        // One input whose records can't be copied keeps the subtask from overtaking; it is aligned as ever, since the
        // barrier has its place in each channel whatever the sender did.
        if (run.OvertakeAfterMs is null || !Array.TrueForAll(inputs, input => input.CanBeCopied))
            return;
        foreach (GateInput input in inputs)
            input.Announce(_announcements);
    }

    // After the end of the records the inputs are read on: barriers still come.
    protected override bool InputHasEnded => _ended == _inputs.Length;

    protected override bool TakeInput()
    {
        for (int tried = 0; tried < _inputs.Length; tried++)
        {
            int index = _turn + tried;
            if (index >= _inputs.Length)
                index -= _inputs.Length;
            GateInput input = _inputs[index];
            if (_alignment.IsHeld(index) || (_alignment.IsInFlight(index) && !input.IsNextCopied) || (_hasRestored && !input.HasRestored))
                continue;
            MessageKind kind = input.Take(out long value);
            if (kind == MessageKind.None)
                continue;
            _turn = index + 1 == _inputs.Length ? 0 : index + 1;
            if (_hasRestored)
                _hasRestored = HasRestored();
            OnMessage(input, kind, value);
            return true;
        }

        return false;
    }

    /// <summary>The inputs of the job it reads.</summary>
    public IEnumerable<InputName> InputNames => _inputs.Select(input => input.Name).Distinct();

    /// <summary>Gives records that were in flight back to an input. They come before anything that comes anew on whatever channel.</summary>
    public void RestoreInFlight(Checkpoints.BlockHeader header, ReadOnlyMemory<byte> payload)
    {
        List<GateInput> inputs = [.. _inputs.Where(input => input.Name.Operator == header.Operator && input.Name.Block == header.Name)];
        if (inputs.Count == 0)
            return;
        inputs[0].Restore(header, payload.Span, inputs);
        _hasRestored = (Run.Faults & ProtocolFaults.RestoreInFlightLast) == 0 && HasRestored();
    }

    protected override bool HasCopied => _alignment.Overtaken?.Id.Value != Snapshot?.Checkpoint;

    protected override long NextLookMs => _overtakeAtMs;

    protected override bool LookAhead(long nowMs)
    {
        if (_announcements.HasNews)
            Expect(_announcements.Read(_alignment.DoneUpTo.Value));
        bool worked = false;
        while (nowMs >= _overtakeAtMs && CanFreeze)
        {
            Overtake();
            worked = true;
        }

        return _alignment.Overtaken is { } overtaken && Snapshot is { IsBackedUp: false } snapshot ? worked | Copy(overtaken.Id, snapshot) : worked;
    }

    protected override void OnCommand(SubtaskCommand command)
    {
        if (command is SubtaskCommand.Abort abort)
            Follow(Alignment.Abandon(_alignment, new CheckpointId(abort.Checkpoint)));
    }

    private void OnMessage(GateInput input, MessageKind kind, long value)
    {
        switch (kind)
        {
            case MessageKind.Watermark:
                input.Watermark = value;
                UpdateWatermark();
                break;
            case MessageKind.Idle:
                input.IsIdle = value != 0;
                UpdateWatermark();
                break;
            case MessageKind.Barrier:
                if (_alignment.Pending.IsEmpty)
                    _alignStarted = Run.Time.GetTimestamp();
                Follow(Alignment.Arrive(_alignment, input.Index, new CheckpointId(value)));
                break;
            case MessageKind.End:
                Invariant.Holds(!input.HasEnded, "an input ends once");
                input.HasEnded = true;
                UpdateWatermark();
                _ended++;
                break;
        }
    }

    private void Expect(List<BarrierAnnouncement> announced)
    {
        _announced = announced;
        _overtakeAtMs = long.MaxValue;
        if (_alignment.Overtaken is null && _announced.Count != 0)
            _overtakeAtMs = _announced[0].SinceMs + Run.OvertakeAfterMs!.Value;
    }

    private void Overtake()
    {
        BarrierAnnouncement announced = _announced[0];
        _announced.RemoveAt(0);
        Follow(Alignment.Overtake(_alignment, new CheckpointId(announced.Checkpoint)), announced);
    }

    /// <summary>Looks a message ahead on each channel that is in flight.</summary>
    private bool Copy(CheckpointId checkpoint, SubtaskSnapshot snapshot)
    {
        bool copied = false;
        bool restoredFirst = _hasRestored && Array.Exists(_inputs, input => input.HasRestoredToCopy && _alignment.IsInFlight(input.Index));
        foreach (GateInput input in _inputs)
        {
            if (!_alignment.IsInFlight(input.Index) || (restoredFirst && !input.HasRestoredToCopy))
                continue;
            CopyResult result = input.Copy(checkpoint.Value, snapshot);
            copied |= result != CopyResult.Waits;
            if (result == CopyResult.MetBarrier)
                Follow(Alignment.Arrive(_alignment, input.Index, checkpoint));
        }

        return copied;
    }

    private bool HasRestored() => Array.Exists(_inputs, input => input.HasRestored);

    private void Follow(AlignmentStep step, BarrierAnnouncement? overtaking = null)
    {
        bool wasCopying = _alignment.Overtaken is not null;
        bool released = step.Snapshot is not null && (Run.Faults & ProtocolFaults.ReleaseBeforeSnapshot) != 0;
        if (released)
            ReadPastBarrier(step);
        _alignment = step.State;
        foreach (CheckpointId checkpoint in step.GivenUp)
            Decline(checkpoint.Value, "a barrier was lost or overtaken");
        if (wasCopying && step.State.Overtaken is null)
            EndCopy(step.Copied is null ? null : Snapshot);
        if (step.Snapshot is { } complete)
            Pass(complete.Value, overtaking);
        _announced.RemoveAll(announced => announced.Checkpoint <= step.State.DoneUpTo.Value);
        Expect(_announced);
    }

    private void Pass(long checkpoint, BarrierAnnouncement? overtaking)
    {
        if (overtaking is { } announcement)
        {
            long waitedMs = Run.Time.GetUtcNow().ToUnixTimeMilliseconds() - announcement.SinceMs;
            PassBarrier(checkpoint, Math.Max(0, waitedMs), announcement.SinceMs);
            Snapshot!.Times.IsUnaligned = true;
            return;
        }

        // It may have been announced just now, and others are to be told.
        if (_announcements.HasNews)
            _announced = _announcements.Read(checkpoint - 1);
        int known = _announced.FindIndex(announced => announced.Checkpoint == checkpoint);
        PassBarrier(checkpoint, Run.Time.GetElapsedTime(_alignStarted).TotalMilliseconds, known < 0 ? null : _announced[known].SinceMs);
    }

    private void EndCopy(SubtaskSnapshot? snapshot)
    {
        foreach (GateInput input in _inputs)
            input.EndCopy(snapshot);
    }

    /// <summary>A planted mutant: held channels flow before the state is frozen.</summary>
    private void ReadPastBarrier(AlignmentStep step)
    {
        foreach (GateInput input in _inputs)
        {
            if (_alignment.IsHeld(input.Index) && input.Take(out long value) is not (MessageKind.None or MessageKind.Batch) and { } kind)
            {
                _alignment = step.State;
                OnMessage(input, kind, value);
            }
        }
    }

    private void UpdateWatermark()
    {
        long lowest = ChainOperator.EndOfTime;
        bool anyActive = false;
        foreach (GateInput input in _inputs)
        {
            // One that has come to its end says so by its watermark first; it speaks no more for those that are idle.
            if (input.HasEnded || input.IsIdle || input.Watermark == ChainOperator.EndOfTime)
                continue;
            anyActive = true;
            lowest = Math.Min(lowest, input.Watermark);
        }

        if (anyActive)
            HeadWatermark = Math.Max(HeadWatermark, lowest);
        HeadIdle = !anyActive && Array.Exists(_inputs, input => !input.HasEnded);
    }
}
