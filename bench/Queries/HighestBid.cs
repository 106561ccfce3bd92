namespace Gristmill.Bench;

/// <summary>q7: of each 10 s every bid with the highest price.</summary>
internal sealed class HighestBid(QueryInput input) : IJob
{
    public void Build(JobBuilder job) => job
        .From("events", input.Events())
        .WithTimestamps((in e) => e.DateTime, input.Numbers.OutOfOrder)
        .Where((in e) => e.IsBid)
        .Select((in e) => new Bid(e.Auction, e.Bidder, e.Price))
        .KeyBy((in _) => 0)
        .Window(Tumbling.Of(TimeSpan.FromSeconds(10)))
        .Aggregate("highest", new Highest())
        .SelectMany(window => window)
        .To("result", input.Sink<HighestBidRow>());

    private readonly record struct Bid(long Auction, long Bidder, long Price);

    /// <summary>The highest price so far and the bids that have it.</summary>
    private struct Leaders
    {
        public long Price;
        public List<Bid> Bids;
    }

    private sealed class Highest : WindowAggregate<int, Bid, Leaders, HighestBidRow[]>
    {
        public override Leaders Create() => new() { Bids = [] };

        public override void Add(ref Leaders accumulator, in Bid record)
        {
            if (record.Price < accumulator.Price)
                return;
            if (record.Price > accumulator.Price)
            {
                accumulator.Price = record.Price;
                accumulator.Bids.Clear();
            }

            accumulator.Bids.Add(record);
        }

        public override HighestBidRow[] Result(int key, Window window, in Leaders accumulator)
            => [.. accumulator.Bids.Select(bid => new HighestBidRow(window.EndMs, bid.Auction, bid.Bidder, bid.Price))];
    }
}
