using System.Collections.Concurrent;

namespace Gristmill.Runtime;

/// <summary>Counts of a job, kept by its subtasks and read by anyone.</summary>
internal sealed class JobMetrics
{
    private readonly ConcurrentDictionary<(string Operator, int Subtask), RecordCounter> _lateDropped = [];
    private readonly ConcurrentDictionary<(string Operator, int Subtask), RecordCounter> _badRecords = [];
    private readonly ConcurrentDictionary<(string Operator, int Subtask), RecordCounter> _recordsIn = [];
    private readonly ConcurrentDictionary<(string Operator, int Subtask), RecordCounter> _recordsOut = [];

    public RecordCounter LateDropped(string operatorName, int subtask) => Of(_lateDropped, operatorName, subtask);

    public RecordCounter BadRecords(string operatorName, int subtask) => Of(_badRecords, operatorName, subtask);

    public RecordCounter RecordsIn(string operatorName, int subtask) => Of(_recordsIn, operatorName, subtask);

    public RecordCounter RecordsOut(string operatorName, int subtask) => Of(_recordsOut, operatorName, subtask);

    public long TotalRecordsIn => Sum(_recordsIn);

    public long TotalRecordsOut => Sum(_recordsOut);

    public long TotalBadRecords => Sum(_badRecords);

    public long TotalLateDropped => Sum(_lateDropped);

    private static long Sum(ConcurrentDictionary<(string Operator, int Subtask), RecordCounter> counters)
        => counters.Values.Sum(counter => counter.Value);

    private static RecordCounter Of(ConcurrentDictionary<(string Operator, int Subtask), RecordCounter> counters, string operatorName, int subtask)
        => counters.GetOrAdd((operatorName, subtask), _ => new RecordCounter());
}
