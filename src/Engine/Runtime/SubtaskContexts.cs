using Gristmill.Operators;
using Microsoft.Extensions.Logging;

namespace Gristmill.Runtime;

internal sealed class SubtaskSourceContext(
    SubtaskBuilder builder, string operatorName, BadRecordPolicy policy, Emitter<BadRecord> deadLetters) : SourceContext
{
    private readonly RecordCounter _badRecords = builder.Run.Metrics.BadRecords(operatorName, builder.Index);
    private readonly SubtaskSignals _signals = builder.Signals;

    public override string Job { get; } = builder.Run.Plan.JobName;

    public override string Operator { get; } = operatorName;

    public override int Subtask { get; } = builder.Index;

    public override int Parallelism { get; } = builder.Task.Parallelism;

    public override TimeProvider Time { get; } = builder.Run.Time;

    public override ILogger Logger { get; } = builder.Run.Loggers.CreateLogger($"Gristmill.{operatorName}");

    public override void Wake() => _signals.Wake();

    public override void WakeAt(DateTimeOffset utc) => _signals.WakeAt(utc);

    public override void ReportBadRecord(BadRecord bad)
    {
        ArgumentNullException.ThrowIfNull(bad);
        _badRecords.Add(1);
        if (policy == BadRecordPolicy.Fail)
            throw new BadRecordException(Operator, bad);
        if (policy == BadRecordPolicy.DeadLetter)
        {
            deadLetters.Emit(in bad, ChainOperator.NoWatermark);
            deadLetters.Flush();
        }
    }
}

/// <summary>The context of a source while its splits are listed.</summary>
internal sealed class DiscoveryContext(JobRun run, string operatorName, int parallelism, bool isResuming) : SourceContext
{
    public override bool IsResuming => isResuming;

    public override string Job => run.Plan.JobName;

    public override string Operator => operatorName;

    public override int Subtask => 0;

    public override int Parallelism => parallelism;

    public override TimeProvider Time => run.Time;

    public override ILogger Logger { get; } = run.Loggers.CreateLogger($"Gristmill.{operatorName}");

    public override void Wake()
    {
    }

    public override void WakeAt(DateTimeOffset utc)
    {
    }

    public override void ReportBadRecord(BadRecord bad) => throw new BadRecordException(operatorName, bad);
}

internal sealed class SubtaskSinkContext(JobRun run, string operatorName, int subtask, int parallelism, SubtaskSignals? signals) : SinkContext
{
    public override string Job => run.Plan.JobName;

    public override string Operator => operatorName;

    public override int Subtask => subtask;

    public override int Parallelism => parallelism;

    public override long Generation => run.Generation;

    public override string Lineage => run.Lineage;

    public override long FirstEpoch => run.FirstCheckpoint;

    public override TimeProvider Time => run.Time;

    public override ILogger Logger { get; } = run.Loggers.CreateLogger($"Gristmill.{operatorName}");

    public override void Wake() => signals?.Wake();
}
