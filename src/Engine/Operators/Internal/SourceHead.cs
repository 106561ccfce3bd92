using Gristmill.Checkpoints;
using Gristmill.Codec;
using Gristmill.Runtime;

namespace Gristmill.Operators;

/// <summary>The source at the head of a chain: reads its splits in turn, a batch at a time.</summary>
internal abstract class SourceHead
{
    public RecordCounter Records { get; } = new();

    /// <summary>Whether every split has ended.</summary>
    public abstract bool HasEnded { get; }

    /// <summary>Reads one batch into the chain.</summary>
    /// <returns>False: nothing was at hand.</returns>
    public abstract bool ReadBatch();

    /// <summary>Notes the positions.</summary>
    public abstract void OnBarrier(SubtaskSnapshot snapshot);

    /// <summary>A checkpoint is committed: readers are told of the positions it holds.</summary>
    public abstract void OnCommitted(long checkpoint);

    /// <summary>Reads nothing more: the job drains.</summary>
    public abstract void EndNow();

    /// <summary>Frees what readers hold, once they are told of what is committed.</summary>
    /// <param name="committed">The newest committed checkpoint; no step may have come after it.</param>
    public abstract void Close(long committed);
}

internal sealed class SourceHead<T, TPosition> : SourceHead
{
    private readonly Source<T, TPosition> _source;
    private readonly SourceSetup<T> _setup;
    private readonly Batch<T> _batch;
    private readonly List<SplitState> _splits = [];
    private readonly Queue<(long Checkpoint, List<Noted> Positions)> _uncommitted = [];
    private readonly SplitWatcher<TPosition>? _watcher;

    /// <summary>The splits beyond wait their turn and hold the watermark until then.</summary>
    private readonly int _mostOpen;
    private int _turn;
    private int _open;
    private bool _endedNow;

    public SourceHead(Source<T, TPosition> source, SourceSetup<T> setup)
    {
        _source = source;
        _setup = setup;
        _batch = new Batch<T>(setup.BatchCapacity);
        foreach (StoredSplit split in setup.Splits)
            Add(split.Id, SplitPositions.DecodeOne<TPosition>(split.Position), split.Ended);
        _mostOpen = Math.Max(1, source.MostOpenSplits);
        _watcher = source.OpenWatcher(setup.Context);
    }

    public override bool HasEnded => _endedNow || (_watcher is null && _splits.TrueForAll(split => split.Ended));

    public override bool ReadBatch()
    {
        if (_watcher is not null)
            AddFound(_watcher.TakeFound());
        for (int tried = 0; tried < _splits.Count; tried++)
        {
            SplitState split = _splits[(_turn + tried) % _splits.Count];
            if (split.Ended || (split.Reader is null && _open >= _mostOpen))
                continue;
            if (ReadFrom(split))
            {
                // The next split's turn; where one is pending the others go on without it.
                _turn = (_turn + tried + 1) % _splits.Count;
                return true;
            }
        }

        return false;
    }

    public override void OnBarrier(SubtaskSnapshot snapshot)
    {
        var payload = new ByteWriter();
        List<Noted>? noted = null;
        foreach (SplitState split in _splits)
        {
            TPosition position = split.Position;
            if (split.Reader is { WantsCommitted: true })
                (noted ??= []).Add(new Noted(split, position, split.Ended));
            SplitPositions.Write(payload, split.Id, split.Ended || _endedNow, SplitPositions.Encode(position));
        }

        if (noted is not null)
            _uncommitted.Enqueue((snapshot.Checkpoint, noted));
        var schema = new ByteWriter();
        Codecs.For<TPosition>().Schema.WriteTo(schema);
        var header = new BlockHeader
        {
            Operator = _setup.Name,
            Name = "positions",
            Kind = BlockKind.Positions,
            Subtask = _setup.Subtask,
            Entries = _splits.Count,
            ValueSchema = schema.ToArray(),
        };
        snapshot.AddBlock(header, payload);
    }

    public override void OnCommitted(long checkpoint)
    {
        while (_uncommitted.TryPeek(out (long Checkpoint, List<Noted> Positions) noted) && noted.Checkpoint <= checkpoint)
        {
            _uncommitted.Dequeue();
            if (noted.Checkpoint != checkpoint)
                continue;
            foreach ((SplitState split, TPosition position, bool ended) in noted.Positions)
            {
                split.Reader?.OnCommitted(position);
                if (ended)
                    split.Release();
            }
        }
    }

    public override void EndNow() => _endedNow = true;

    public override void Close(long committed)
    {
        try
        {
            OnCommitted(committed);
        }
        finally
        {
            _watcher?.Dispose();
            foreach (SplitState split in _splits)
                split.Release();
        }
    }

    private void Add(string id, TPosition start, bool ended)
    {
        int index = _setup.SplitSet.Add();
        if (ended)
            _setup.SplitSet.End(index);
        _splits.Add(new SplitState(id, index, start) { Ended = ended });
    }

    private void AddFound(IReadOnlyList<SourceSplit<TPosition>> found)
    {
        foreach (SourceSplit<TPosition> split in found)
        {
            int owner = _source.OwnerOf(split.Id, _setup.Context.Parallelism)
                ?? throw new InvalidOperationException($"Source '{_setup.Name}' has a watcher, so its OwnerOf must say which subtask reads '{split.Id}'.");
            if (owner == _setup.Subtask && !_splits.Exists(known => known.Id == split.Id))
                Add(split.Id, split.Start, ended: false);
        }
    }

    private bool ReadFrom(SplitState split)
    {
        split.Reader ??= Open(split);
        _batch.Reset();
        ReadStatus status = split.Reader.Read(_batch);
        if (_batch.Filled != 0)
        {
            _batch.Split = split.Index;
            Records.Add(_batch.Filled);
            _setup.Next.OnBatch(_batch);
        }

        if (status == ReadStatus.Ended)
            End(split);
        return _batch.Filled != 0 || status != ReadStatus.Pending;
    }

    private SplitReader<T, TPosition> Open(SplitState split)
    {
        SplitReader<T, TPosition> reader = _source.OpenReader(split.Id, split.Start, _setup.Context);
        _open++;
        _setup.SplitSet.Begin(split.Index);
        if (_setup.SeekOneTooFar)
            reader.Read(new Batch<T>(1));
        return reader;
    }

    private void End(SplitState split)
    {
        split.Start = split.Reader!.Position;
        split.Ended = true;
        _open--;
        _setup.SplitSet.End(split.Index);

        // Else it stays until it is told that its end is in a committed checkpoint.
        if (!split.Reader.WantsCommitted)
            split.Release();
    }

    private readonly record struct Noted(SplitState Split, TPosition Position, bool Ended);

    private sealed class SplitState(string id, int index, TPosition start)
    {
        public string Id { get; } = id;

        public int Index { get; } = index;

        public TPosition Start { get; set; } = start;

        public bool Ended { get; set; }

        public SplitReader<T, TPosition>? Reader { get; set; }

        public TPosition Position => Reader is null || Ended ? Start : Reader.Position;

        public void Release()
        {
            Reader?.Dispose();
            Reader = null;
        }
    }
}
