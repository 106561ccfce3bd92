namespace Gristmill.Sources;

/// <summary>A source that is read at no more than a rate.</summary>
internal sealed class ThrottledSource<T, TPosition>(Source<T, TPosition> source, double perSecond) : Source<T, TPosition>
{
    private readonly Pace _pace = new(perSecond);

    public override IEnumerable<string> Validate() => source.Validate();

    public override ValueTask<IReadOnlyList<SourceSplit<TPosition>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
        => source.DiscoverAsync(context, cancellationToken);

    public override SplitReader<T, TPosition> OpenReader(string splitId, TPosition position, SourceContext context)
        => new Reader(source.OpenReader(splitId, position, context), _pace, context);

    public override int? OwnerOf(string splitId, int parallelism) => source.OwnerOf(splitId, parallelism);

    public override SplitWatcher<TPosition>? OpenWatcher(SourceContext context) => source.OpenWatcher(context);

    public override int MostOpenSplits => source.MostOpenSplits;

    private sealed class Reader(SplitReader<T, TPosition> reader, Pace pace, SourceContext context) : SplitReader<T, TPosition>
    {
        private Batch<T>? _slice;

        public override TPosition Position => reader.Position;

        public override bool WantsCommitted => reader.WantsCommitted;

        public override ReadStatus Read(Batch<T> batch)
        {
            TimeSpan wait = pace.Wait(context.Time);
            if (wait > TimeSpan.Zero)
            {
                context.WakeAt(context.Time.GetUtcNow() + wait);
                return ReadStatus.Pending;
            }

            int before = batch.Count;
            ReadStatus status = pace.Slice < batch.Capacity ? ReadSlice(batch) : reader.Read(batch);
            pace.Spend(batch.Count - before);
            return status;
        }

        public override void OnCommitted(TPosition position) => reader.OnCommitted(position);

        protected override void Dispose(bool disposing)
        {
            reader.Dispose();
            base.Dispose(disposing);
        }

        /// <summary>How much is read is the size of the batch, so a small one is read and copied.</summary>
        private ReadStatus ReadSlice(Batch<T> batch)
        {
            _slice ??= new Batch<T>(pace.Slice);
            _slice.Reset();
            ReadStatus status = reader.Read(_slice);
            _slice.Records.CopyTo(batch.Unfilled);
            batch.Advance(_slice.Count);
            return status;
        }
    }
}
