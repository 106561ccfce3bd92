namespace Gristmill.Bench;

/// <summary>What a subtask staged in an epoch: how many rows, and the sum of their hashes.</summary>
internal readonly record struct StagedChecksum(long Rows, ulong Hash);

/// <summary>Counts the rows that are committed and sums their hashes, so that their order does not matter but a row missing or doubled does.</summary>
internal sealed class ChecksumSink<TRow>(CommittedChecksum committed) : TransactionalSink<TRow, StagedChecksum>
    where TRow : struct, IRow<TRow>
{
    public override SinkWriter<TRow, StagedChecksum> OpenWriter(SinkContext context) => new Writer();

    public override ValueTask CommitAsync(IReadOnlyList<Staged<StagedChecksum>> staged, SinkContext context, CancellationToken cancellationToken)
    {
        foreach (Staged<StagedChecksum> one in staged)
            committed.Add(one.Epoch, one.Subtask, one.Value);
        return default;
    }

    private sealed class Writer : SinkWriter<TRow, StagedChecksum>
    {
        private long _rows;
        private ulong _hash;

        public override void Write(ReadOnlySpan<TRow> records)
        {
            _hash += TRow.SumOfHashes(records);
            _rows += records.Length;
        }

        public override ValueTask<StagedOutput<StagedChecksum>?> StageAsync(long epoch, CancellationToken cancellationToken)
        {
            StagedOutput<StagedChecksum>? output = _rows == 0 ? null : new(new StagedChecksum(_rows, _hash), _rows, 0);
            (_rows, _hash) = (0, 0);
            return new(output);
        }
    }
}

/// <summary>What is committed, each epoch and subtask once however often it is said.</summary>
internal sealed class CommittedChecksum
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(long Epoch, int Subtask), StagedChecksum> _parts = [];

    /// <summary>All of it.</summary>
    public StagedChecksum Total
    {
        get
        {
            lock (_lock)
                return _parts.Values.Aggregate(default(StagedChecksum), (sum, part) => new(sum.Rows + part.Rows, sum.Hash + part.Hash));
        }
    }

    /// <summary>Takes a part; the same one again changes nothing.</summary>
    /// <exception cref="InvalidOperationException">It was committed before with other rows.</exception>
    public void Add(long epoch, int subtask, StagedChecksum part)
    {
        lock (_lock)
        {
            if (!_parts.TryAdd((epoch, subtask), part) && _parts[(epoch, subtask)] != part)
                throw new InvalidOperationException($"Epoch {epoch} of subtask {subtask} was committed twice, with {_parts[(epoch, subtask)]} and then with {part}.");
        }
    }
}
