namespace Gristmill;

/// <summary>Where records come from. Derive from <see cref="Source{T, TPosition}"/>.</summary>
/// <typeparam name="T">The record type.</typeparam>
public abstract class Source<T>
{
    private protected Source()
    {
    }

    internal abstract Runtime.SourceBinding<T> Bind();

    /// <summary>What faults the source's settings have, each a sentence naming setting, value and remedy; none when it can start.</summary>
    public virtual IEnumerable<string> Validate() => [];
}

/// <summary>
/// A replayable source: a set of splits (files, partitions, ranges), each read in order by one reader from a position
/// that checkpoints remember. Splits are dealt out to the subtasks and dealt anew when the parallelism changes.
/// </summary>
/// <typeparam name="T">The record type.</typeparam>
/// <typeparam name="TPosition">A plain type that says where in its split a reader is; kept in checkpoints.</typeparam>
public abstract class Source<T, TPosition> : Source<T>
{
    /// <summary>
    /// Lists the splits. Called once for each generation of the job, before it runs; splits that the restored checkpoint
    /// knows keep the position stored there, others start at <see cref="SourceSplit{TPosition}.Start"/>.
    /// </summary>
    /// <param name="context">The job and its surroundings.</param>
    /// <param name="cancellationToken">Ends the listing when the job stops.</param>
    /// <returns>The splits, in the order in which they are to be read. Ids are unique and stable from run to run.</returns>
    public abstract ValueTask<IReadOnlyList<SourceSplit<TPosition>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken);

    /// <summary>Opens a reader that goes on from a position.</summary>
    /// <param name="splitId">The split's id.</param>
    /// <param name="position">The first record to deliver.</param>
    /// <param name="context">The subtask that reads.</param>
    public abstract SplitReader<T, TPosition> OpenReader(string splitId, TPosition position, SourceContext context);

    /// <summary>
    /// Which subtask reads a split, 0 up to <paramref name="parallelism"/>. Null, the default: the engine deals them out in
    /// order at each start. A source with a <see cref="OpenWatcher">watcher</see> must say, so that its subtasks agree on
    /// what is found without asking each other.
    /// </summary>
    /// <param name="splitId">The split's id.</param>
    /// <param name="parallelism">How many subtasks there are.</param>
    public virtual int? OwnerOf(string splitId, int parallelism) => null;

    /// <summary>
    /// Opens what tells a subtask of splits that have come to be since the start. Null, the default: there are none, and a
    /// subtask whose splits have ended is done. With a watcher the source has no end.
    /// </summary>
    /// <param name="context">The subtask that reads.</param>
    public virtual SplitWatcher<TPosition>? OpenWatcher(SourceContext context) => null;

    /// <summary>How many splits of a subtask are open at once, at least 1, 8 by default; the others wait until one has ended.</summary>
    public virtual int MostOpenSplits => 8;

    internal sealed override Runtime.SourceBinding<T> Bind() => new Runtime.SourceBinding<T, TPosition>(this);
}

/// <summary>A part of a source that is read in order.</summary>
/// <param name="Id">Unique in the source and the same at every start.</param>
/// <param name="Start">Where its first record is.</param>
/// <typeparam name="TPosition">The source's position type.</typeparam>
public readonly record struct SourceSplit<TPosition>(string Id, TPosition Start);

/// <summary>Reads one split. Used by one thread at a time.</summary>
/// <typeparam name="T">The record type.</typeparam>
/// <typeparam name="TPosition">The position type.</typeparam>
public abstract class SplitReader<T, TPosition> : IDisposable
{
    /// <summary>
    /// The position of the next record: everything before it is in batches already handed over. A checkpoint stores
    /// what this is when the barrier passes, between two calls of <see cref="Read"/>.
    /// </summary>
    public abstract TPosition Position { get; }

    /// <summary>
    /// Adds records to the batch. Must not block: where nothing is at hand it returns <see cref="ReadStatus.Pending"/>
    /// and sees to it that <see cref="SourceContext.Wake"/> or <see cref="SourceContext.WakeAt"/> is called.
    /// </summary>
    /// <param name="batch">Empty when handed in; filled as far as records are at hand.</param>
    public abstract ReadStatus Read(Batch<T> batch);

    /// <summary>
    /// Whether <see cref="OnCommitted"/> is to be called; the same for as long as the reader lives. Default: false. A reader
    /// that wants it is not disposed when its split has ended, but when it has heard of that too, or the generation is over.
    /// </summary>
    public virtual bool WantsCommitted => false;

    /// <summary>
    /// Called, where <see cref="WantsCommitted"/> says so, when a checkpoint is committed, with the position it holds: never
    /// before that, perhaps long after, and not for every checkpoint. The last call may come after the end of the split. For
    /// telling others how far the job is; what to read from is the engine's to say. Must not block.
    /// </summary>
    /// <param name="position">What <see cref="Position"/> was when the checkpoint's barrier passed.</param>
    public virtual void OnCommitted(TPosition position)
    {
    }

    /// <summary>Releases what the reader holds. The reader is not used afterwards.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the reader holds.</summary>
    /// <param name="disposing">Always true here; the pattern's parameter.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>What a reader can say after <see cref="SplitReader{T, TPosition}.Read"/>.</summary>
public enum ReadStatus
{
    /// <summary>There is, or may be, more at once.</summary>
    Ready,

    /// <summary>Nothing more just now; the context will be woken.</summary>
    Pending,

    /// <summary>The split has ended; records added in this call count.</summary>
    Ended,
}
