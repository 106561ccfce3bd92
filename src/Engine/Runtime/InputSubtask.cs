using Gristmill.Graph;
using Gristmill.Operators;
using Gristmill.Protocol;

namespace Gristmill.Runtime;

/// <summary>A subtask that reads channels: it lines barriers up and takes the lowest watermark.</summary>
internal sealed class InputSubtask : Subtask
{
    private readonly GateInput[] _inputs;
    private AlignmentState _alignment;
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
            if (_alignment.IsHeld(index))
                continue;
            MessageKind kind = input.Take(out long value);
            if (kind == MessageKind.None)
                continue;
            _turn = index + 1 == _inputs.Length ? 0 : index + 1;
            OnMessage(input, kind, value);
            return true;
        }

        return false;
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

    private void Follow(AlignmentStep step)
    {
        bool released = step.Snapshot is not null && (Run.Faults & ProtocolFaults.ReleaseBeforeSnapshot) != 0;
        if (released)
            ReadPastBarrier(step);
        _alignment = step.State;
        foreach (CheckpointId checkpoint in step.GivenUp)
            Decline(checkpoint.Value, "a barrier was lost or overtaken");
        if (step.Snapshot is { } complete)
            PassBarrier(complete.Value, Run.Time.GetElapsedTime(_alignStarted).TotalMilliseconds);
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
