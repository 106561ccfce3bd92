namespace Gristmill;

/// <summary>
/// Collects a stream in memory, exactly once: rows appear when the checkpoint that covers them is complete. Write
/// <c>var collected = new Collected&lt;int&gt;()</c>, <c>stream.To("out", collected)</c>, and read <see cref="Rows"/> at any time
/// from any thread. One object outlives restarts and several runs of a job in this process; a job that begins anew, with an
/// empty store, needs a new one. Rows of a type that can be kept in a checkpoint.
/// </summary>
/// <typeparam name="T">The record type, a plain one.</typeparam>
public sealed class Collected<T> : TransactionalSink<T, T[]>
{
    private readonly Lock _lock = new();
    private readonly HashSet<(string Job, string Operator, long Epoch, int Subtask)> _applied = [];
    private readonly List<T> _rows = [];

    /// <summary>The rows so far, a copy: in the order of the epochs, and within one of the subtasks.</summary>
    public IReadOnlyList<T> Rows
    {
        get
        {
            lock (_lock)
                return [.. _rows];
        }
    }

    /// <summary>How many rows there are so far.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _rows.Count;
        }
    }

    /// <inheritdoc/>
    public override SinkWriter<T, T[]> OpenWriter(SinkContext context) => new Writer();

    /// <summary>Adds what is new of it; what was added before is known by its epoch and subtask.</summary>
    public override ValueTask CommitAsync(IReadOnlyList<Staged<T[]>> staged, SinkContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(staged);
        ArgumentNullException.ThrowIfNull(context);
        lock (_lock)
        {
            foreach (Staged<T[]> one in staged)
            {
                if (_applied.Add((context.Job, context.Operator, one.Epoch, one.Subtask)))
                    _rows.AddRange(one.Value);
            }
        }

        return default;
    }

    private sealed class Writer : SinkWriter<T, T[]>
    {
        private List<T> _epoch = [];

        public override void Write(ReadOnlySpan<T> records) => _epoch.AddRange(records);

        public override ValueTask<StagedOutput<T[]>?> StageAsync(long epoch, CancellationToken cancellationToken)
        {
            if (_epoch.Count == 0)
                return new((StagedOutput<T[]>?)null);
            T[] rows = [.. _epoch];
            _epoch = [];
            return new(new StagedOutput<T[]>(rows, rows.Length, 0));
        }
    }
}
