namespace Gristmill.Bench;

/// <summary>The generator itself.</summary>
internal sealed class AllEvents(QueryInput input) : IJob
{
    public void Build(JobBuilder job) => job
        .From("events", input.Events())
        .To("result", input.Sink<NexmarkEvent>());
}

/// <summary>q0: every bid.</summary>
internal sealed class PassThrough(QueryInput input) : IJob
{
    public void Build(JobBuilder job) => job
        .From("events", input.Events())
        .Where((in e) => e.IsBid)
        .Select((in e) => new BidRow(e.Auction, e.Bidder, e.Price, e.DateTime))
        .To("result", input.Sink<BidRow>());
}

/// <summary>q1: every bid, its price converted.</summary>
internal sealed class CurrencyConversion(QueryInput input) : IJob
{
    public void Build(JobBuilder job) => job
        .From("events", input.Events())
        .Where((in e) => e.IsBid)
        .Select((in e) => new BidRow(e.Auction, e.Bidder, e.Price * 89 / 100, e.DateTime))
        .To("result", input.Sink<BidRow>());
}

/// <summary>q2: the bids on every 123rd auction.</summary>
internal sealed class Selection(QueryInput input) : IJob
{
    public void Build(JobBuilder job) => job
        .From("events", input.Events())
        .Where((in e) => e.IsBid && e.Auction % 123 == 0)
        .Select((in e) => new PriceRow(e.Auction, e.Price))
        .To("result", input.Sink<PriceRow>());
}
