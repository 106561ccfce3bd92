using System.Globalization;

namespace Gristmill.Sources;

/// <summary>Numbers made into records; a position is the next number of its split.</summary>
internal sealed class GeneratorSource<T>(Func<long, T> make, long count, double? perSecond, int splits) : Source<T, long>
{
    /// <summary>Splits without end of one subtask: more are not open at once, and the others' turn would never come.</summary>
    private const int MostEndless = 8;

    public override ValueTask<IReadOnlyList<SourceSplit<long>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
    {
        int busiest = (splits + context.Parallelism - 1) / context.Parallelism;
        if (count == long.MaxValue && busiest > MostEndless)
        {
            throw new JobConfigurationException(context.Job, [
                $"Source '{context.Operator}': splits is {splits} with a parallelism of {context.Parallelism}, so that a subtask has {busiest} generators without end and can run {MostEndless}; set splits to at most {MostEndless * context.Parallelism}, or a count."]);
        }

        return new([.. Enumerable.Range(0, splits).Select(split => new SourceSplit<long>(string.Create(CultureInfo.InvariantCulture, $"{split}/{splits}"), split))]);
    }

    public override SplitReader<T, long> OpenReader(string splitId, long position, SourceContext context)
        => perSecond is { } rate
            ? new PacedReader(make, position, count, splits, rate, context)
            : new Reader(make, position, count, splits);

    private class Reader(Func<long, T> make, long next, long count, int stride) : SplitReader<T, long>
    {
        private long _next = next;

        public override long Position => _next;

        public override ReadStatus Read(Batch<T> batch) => Make(batch, long.MaxValue);

        /// <summary>Makes records up to a number, as far as the batch has room.</summary>
        protected ReadStatus Make(Batch<T> batch, long last)
        {
            while (_next < count && _next <= last && !batch.IsFull)
            {
                batch.Add(make(_next));
                if (_next > count - stride)
                    _next = count;
                else
                    _next += stride;
            }

            return _next >= count ? ReadStatus.Ended : _next <= last ? ReadStatus.Ready : ReadStatus.Pending;
        }
    }

    /// <summary>Always reckoned from the first record, so that no rounding adds up.</summary>
    private sealed class PacedReader(Func<long, T> make, long next, long count, int stride, double perSecond, SourceContext context)
        : Reader(make, next, count, stride)
    {
        private readonly long _first = next - (next % stride);
        private readonly DateTimeOffset _started = context.Time.GetUtcNow();

        public override ReadStatus Read(Batch<T> batch)
        {
            double seconds = (context.Time.GetUtcNow() - _started).TotalSeconds;

            // A record whose time has come but for the rounding of the numbers is due: its wake-up was for it.
            double due = Math.Floor((seconds * perSecond) + 1e-6);
            ReadStatus status = Make(batch, _first + (long)Math.Min(due, long.MaxValue / 2));
            if (status == ReadStatus.Pending)
                context.WakeAt(_started + TimeSpan.FromTicks((long)Math.Ceiling((Position - _first) / perSecond * TimeSpan.TicksPerSecond)));
            return status;
        }
    }
}
