namespace Gristmill.TestKit.Simulation;

/// <summary>Rows in memory, in several splits, coming all at once or one by one in virtual time.</summary>
internal sealed class SimulatedSource<T>(World world, IReadOnlyList<T>[] splits) : Source<T, long>
{
    public override ValueTask<IReadOnlyList<SourceSplit<long>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
        => new([.. splits.Select((_, index) => new SourceSplit<long>($"split-{index}", 0))]);

    public override SplitReader<T, long> OpenReader(string splitId, long position, SourceContext context)
    {
        int index = int.Parse(splitId.AsSpan("split-".Length), System.Globalization.CultureInfo.InvariantCulture);
        return new Reader(world, splits[index], position, context);
    }

    private sealed class Reader(World world, IReadOnlyList<T> rows, long position, SourceContext context) : SplitReader<T, long>
    {
        private long _position = position;
        private DateTimeOffset _pendingUntil;

        public override long Position => _position;

        public override ReadStatus Read(Batch<T> batch)
        {
            if (_position >= rows.Count)
                return ReadStatus.Ended;
            if (world.UtcNow < _pendingUntil)
            {
                context.WakeAt(_pendingUntil.AddMilliseconds(-1));
                return ReadStatus.Pending;
            }

            world.ThrowInUserCode("source");
            if (world.FaultsOn && world.Random.Chance(world.Profile.ChannelDelay * 0.2))
                return PendingUntil(world.UtcNow.AddMicroseconds(world.Random.Next(5000)));
            int most = world.Random.Between(1, batch.Capacity);
            while (most-- > 0 && _position < rows.Count)
            {
                DateTimeOffset comes = DateTimeOffset.UnixEpoch.AddTicks(ComesAtTicks(_position));
                if (comes > world.UtcNow)
                    return PendingUntil(comes);
                batch.Add(rows[(int)_position++]);
            }

            return _position == rows.Count && world.Random.Chance(0.5) ? ReadStatus.Ended : ReadStatus.Ready;
        }

        private long ComesAtTicks(long position)
            => world.UtcNow.Ticks - world.Ticks - DateTimeOffset.UnixEpoch.Ticks + (position * world.Profile.PaceMicroseconds * TimeSpan.TicksPerMicrosecond);

        private ReadStatus PendingUntil(DateTimeOffset time)
        {
            // Not a moment earlier than the millisecond the engine wakes it in: what is there then was not there before.
            _pendingUntil = DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds() + 1);
            context.WakeAt(time);
            return ReadStatus.Pending;
        }
    }
}
