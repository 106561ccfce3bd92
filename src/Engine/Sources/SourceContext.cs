using Microsoft.Extensions.Logging;

namespace Gristmill;

/// <summary>What a source may know and call: its place in the job, the host's clock and log, and the way to be woken.</summary>
public abstract class SourceContext
{
    /// <summary>The job's name.</summary>
    public abstract string Job { get; }

    /// <summary>The source operator's name.</summary>
    public abstract string Operator { get; }

    /// <summary>This subtask's index, 0 up to <see cref="Parallelism"/>; 0 during discovery.</summary>
    public abstract int Subtask { get; }

    /// <summary>How many subtasks the source has.</summary>
    public abstract int Parallelism { get; }

    /// <summary>
    /// During discovery: whether a checkpoint knows this source, so that splits it has no position of have come to be since, and
    /// are to be read from their first record.
    /// </summary>
    public virtual bool IsResuming => false;

    /// <summary>The host's clock. In the simulation it is virtual.</summary>
    public abstract TimeProvider Time { get; }

    /// <summary>The operator's log.</summary>
    public abstract ILogger Logger { get; }

    /// <summary>Has the subtask call <see cref="SplitReader{T, TPosition}.Read"/> again soon. Any thread may call it.</summary>
    public abstract void Wake();

    /// <summary>Has the subtask call <see cref="SplitReader{T, TPosition}.Read"/> again at a time of <see cref="Time"/>.</summary>
    /// <param name="utc">When; a time in the past means at once.</param>
    public abstract void WakeAt(DateTimeOffset utc);

    /// <summary>
    /// Reports input that can't be made into a record. What happens is what the user chose at
    /// <see cref="JobBuilder.From{T}(string, Source{T})"/>: fail (default), skip, or dead letter. It is counted in any case.
    /// Call it during <see cref="SplitReader{T, TPosition}.Read"/>; the position must move past the bad input.
    /// </summary>
    /// <param name="bad">Where, what and why.</param>
    /// <exception cref="BadRecordException">The user's choice is to fail.</exception>
    public abstract void ReportBadRecord(BadRecord bad);
}
