namespace Gristmill.Bench;

/// <summary>
/// A source of a known number of records, each a function of its place in the stream. Places are dealt out to the splits
/// in blocks, so that every split has its share from the beginning to the end of event time.
/// </summary>
/// <param name="records">How many there are.</param>
/// <param name="splits">How many splits; fixed for the life of the job's checkpoints.</param>
/// <param name="failure">A failure to happen while reading; null for none.</param>
/// <param name="preload">The first places, which are filled in another way; null for none.</param>
/// <typeparam name="T">The record.</typeparam>
internal abstract class BlockSource<T>(long records, int splits, PlantedFailure? failure, Preload? preload = null) : Source<T, long>
{
    private const long Block = 16 * Batch<T>.DefaultCapacity;

    /// <summary>Fills all slots with the records of keys from one on.</summary>
    protected virtual void FillPreloaded(Span<T> slots, long key) => throw new NotSupportedException();

    /// <summary>Fills all slots with the records from a place on.</summary>
    protected abstract void Fill(Span<T> slots, long place);

    public override ValueTask<IReadOnlyList<SourceSplit<long>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
        => new([.. Enumerable.Range(0, splits).Select(split => new SourceSplit<long>($"{split}-of-{splits}", split * Block))]);

    public override SplitReader<T, long> OpenReader(string splitId, long position, SourceContext context) => new Reader(this, position, context);

    private Preload Preload { get; } = preload ?? Preload.None;

    private long Records => records + Preload.Records;

    private int Splits => splits;

    private PlantedFailure? Failure => failure;

    private sealed class Reader(BlockSource<T> source, long position, SourceContext context) : SplitReader<T, long>
    {
        private readonly PlantedFailure.Watch? _failure = source.Failure?.Begin();
        private long _place = position;
        private long _blockEnd = (position / Block + 1) * Block;

        /// <summary>The place of the next record.</summary>
        public override long Position => _place;

        public override ReadStatus Read(Batch<T> batch)
        {
            if (_failure is not null && _failure.HoldsBack(_place))
            {
                context.WakeAt(context.Time.GetUtcNow().AddMilliseconds(1));
                return ReadStatus.Pending;
            }

            if (_place >= source.Preload.Records && !source.Preload.IsOpen)
            {
                context.WakeAt(context.Time.GetUtcNow().AddMilliseconds(1));
                return ReadStatus.Pending;
            }

            Span<T> slots = batch.Unfilled;
            int filled = 0;
            while (filled < slots.Length && _place < source.Records && (_place < source.Preload.Records || source.Preload.IsOpen))
                filled += FillFromBlock(slots[filled..]);
            batch.Advance(filled);
            return _place < source.Records ? ReadStatus.Ready : ReadStatus.Ended;
        }

        protected override void Dispose(bool disposing)
        {
            _failure?.End();
            base.Dispose(disposing);
        }

        private int FillFromBlock(Span<T> slots)
        {
            long preloaded = source.Preload.Records;
            long end = Math.Min(_blockEnd, _place < preloaded ? preloaded : source.Records);
            int count = (int)Math.Min(slots.Length, end - _place);
            if (_place < preloaded)
                source.FillPreloaded(slots[..count], _place);
            else
                source.Fill(slots[..count], _place - preloaded);
            _place += count;
            if (_place == _blockEnd)
            {
                _place += (source.Splits - 1) * Block;
                _blockEnd = _place + Block;
            }

            return count;
        }
    }
}
