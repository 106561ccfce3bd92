namespace Gristmill.Bench.Tests;

/// <summary>The sink's bookkeeping.</summary>
public class ChecksumTests
{
    [Fact]
    public void An_epoch_committed_again_counts_once()
    {
        var committed = new CommittedChecksum();
        committed.Add(1, 0, new StagedChecksum(2, 5));
        committed.Add(1, 1, new StagedChecksum(1, 7));
        committed.Add(1, 0, new StagedChecksum(2, 5));
        Assert.Equal(new StagedChecksum(3, 12), committed.Total);
    }

    [Fact]
    public void An_epoch_committed_again_with_other_rows_is_an_error()
    {
        var committed = new CommittedChecksum();
        committed.Add(1, 0, new StagedChecksum(2, 5));
        Assert.Throws<InvalidOperationException>(() => committed.Add(1, 0, new StagedChecksum(2, 6)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(1023)]
    public void Rows_hashed_together_give_the_sum_of_each_ones_hash(int count)
    {
        BidRow[] bids = [.. Enumerable.Range(0, count).Select(i => new BidRow(i, -i, (long)i << 40, i * i))];
        PriceRow[] prices = [.. bids.Select(bid => new PriceRow(bid.Auction, bid.Price))];
        Assert.Equal(bids.Aggregate(0UL, (sum, row) => sum + row.Hash()), BidRow.SumOfHashes(bids));
        Assert.Equal(prices.Aggregate(0UL, (sum, row) => sum + row.Hash()), PriceRow.SumOfHashes(prices));
    }
}
