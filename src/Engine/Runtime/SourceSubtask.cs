using Gristmill.Graph;
using Gristmill.Operators;
using Gristmill.Protocol;

namespace Gristmill.Runtime;

/// <summary>A subtask whose head is a source.</summary>
internal sealed class SourceSubtask : Subtask
{
    private readonly SourceHead _source;
    private readonly RecordCounter _recordsIn;
    private SourceState _barriers;
    private Action? _onFirstRecord;

    public SourceSubtask(
        JobRun run, TaskPlan task, int index, int number, ChainOperator[] operators, SubtaskSignals signals, ISubtaskReports reports, SourceHead source)
        : base(run, task, index, number, operators, signals, reports)
    {
        _source = source;
        _recordsIn = run.Metrics.RecordsIn(task.Head.Name!, index);
        _onFirstRecord = run.OnFirstRecord;
        _barriers = new SourceState(new Generation(run.Generation), new CheckpointId(run.FirstCheckpoint - 1)) { Faults = run.Faults };
    }

    protected override bool InputHasEnded => _source.HasEnded && !_barriers.Halted;

    public override async ValueTask CloseAsync()
    {
        try
        {
            // The last one, after which a job is over, may have come when nobody steps any more.
            _source.Close(NewestCommitted);
        }
        finally
        {
            await base.CloseAsync();
        }
    }

    /// <summary>What had come to its end of input, or was drained, stays at it: a split that is new since then is not read.</summary>
    public override void OnRestored(long inputWatermark)
    {
        base.OnRestored(inputWatermark);
        if (inputWatermark == ChainOperator.EndOfTime || Array.Exists(Operators, op => op.WatermarkOut == ChainOperator.EndOfTime))
            _source.EndNow();
    }

    protected override bool TakeInput()
    {
        if (_barriers.Halted)
            return false;
        long before = _source.Records.Value;
        bool read = _source.ReadBatch();
        _recordsIn.Add(_source.Records.Value - before);
        if (_onFirstRecord is { } told && _source.Records.Value != before)
        {
            _onFirstRecord = null;
            told();
        }

        return read;
    }

    protected override void OnHeadBarrier(SubtaskSnapshot snapshot) => _source.OnBarrier(snapshot);

    protected override void OnCommitted(long checkpoint) => _source.OnCommitted(checkpoint);

    /// <summary>
    /// What a stop leaves behind is to be started by other versions, without anything in flight between operators that may no
    /// longer be there; and with the final one all is processed and published.
    /// </summary>
    private bool MayOvertake(CheckpointKind kind) => Run.OvertakeAfterMs is not null && kind is CheckpointKind.Periodic or CheckpointKind.Manual;

    protected override void OnCommand(SubtaskCommand command)
    {
        switch (command)
        {
            case SubtaskCommand.Trigger trigger:
                SourceStep step = SourceBarriers.Trigger(_barriers, new Generation(trigger.Generation), new CheckpointId(trigger.Checkpoint), trigger.Kind);
                _barriers = step.State;
                if (step.Inject is { } checkpoint)
                    PassBarrier(checkpoint.Value, alignMs: 0, MayOvertake(trigger.Kind) ? Run.Time.GetUtcNow().ToUnixTimeMilliseconds() : null);
                break;
            case SubtaskCommand.Drain:
                _source.EndNow();
                break;
        }
    }
}
