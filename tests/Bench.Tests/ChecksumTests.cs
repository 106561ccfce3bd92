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
}
