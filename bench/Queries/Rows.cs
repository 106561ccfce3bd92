namespace Gristmill.Bench;

/// <summary>A bid as far as most queries need it.</summary>
internal readonly record struct BidRow(long Auction, long Bidder, long Price, long DateTime) : IRow<BidRow>
{
    public ulong Hash() => RowHash.Of(Auction, Bidder, Price).And(DateTime).Value;

    public static ulong SumOfHashes(ReadOnlySpan<BidRow> rows) => NumberRows.SumOfQuadruples(rows);
}

/// <summary>The price bid for an auction.</summary>
internal readonly record struct PriceRow(long Auction, long Price) : IRow<PriceRow>
{
    public ulong Hash() => RowHash.Of(Auction, Price).Value;

    public static ulong SumOfHashes(ReadOnlySpan<PriceRow> rows) => NumberRows.SumOfPairs(rows);
}

/// <summary>The winner of a window.</summary>
internal readonly record struct HighestBidRow(long End, long Auction, long Bidder, long Price) : IRow<HighestBidRow>
{
    public ulong Hash() => RowHash.Of(End, Auction, Bidder).And(Price).Value;

    public static ulong SumOfHashes(ReadOnlySpan<HighestBidRow> rows) => NumberRows.SumOfQuadruples(rows);
}

/// <summary>How often a key has come.</summary>
internal readonly record struct CountRow(long Key, long Count) : IRow<CountRow>
{
    public ulong Hash() => RowHash.Of(Key, Count).Value;

    public static ulong SumOfHashes(ReadOnlySpan<CountRow> rows) => NumberRows.SumOfPairs(rows);
}
