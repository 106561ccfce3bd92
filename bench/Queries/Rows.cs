namespace Gristmill.Bench;

/// <summary>A bid as far as most queries need it.</summary>
internal readonly record struct BidRow(long Auction, long Bidder, long Price, long DateTime) : IRow
{
    public ulong Hash() => RowHash.Of(Auction, Bidder, Price).And(DateTime).Value;
}

/// <summary>The price bid for an auction.</summary>
internal readonly record struct PriceRow(long Auction, long Price) : IRow
{
    public ulong Hash() => RowHash.Of(Auction, Price).Value;
}

/// <summary>The winner of a window.</summary>
internal readonly record struct HighestBidRow(long End, long Auction, long Bidder, long Price) : IRow
{
    public ulong Hash() => RowHash.Of(End, Auction, Bidder).And(Price).Value;
}

/// <summary>How often a key has come.</summary>
internal readonly record struct CountRow(long Key, long Count) : IRow
{
    public ulong Hash() => RowHash.Of(Key, Count).Value;
}
