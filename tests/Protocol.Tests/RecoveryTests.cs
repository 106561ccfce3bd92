namespace Gristmill.Protocol.Tests;

public sealed class RecoveryTests
{
    private static readonly ManifestRef Three = new(new(3), "m3", "h3");
    private static readonly ManifestRef Five = new(new(5), "m5", "h5");
    private static readonly ManifestRef Six = new(new(6), "m6", "h6");
    private static readonly HeadRecord Head = new(new(2), Six, [Five, Three], 9);

    [Fact]
    public void Without_a_commit_it_starts_empty() =>
        Assert.Equal(new RecoveryDecision.StartEmpty(new(1)), Recovery.Decide(Fence.TakeOver(null), []));

    [Fact]
    public void It_asks_for_the_newest_to_be_verified_and_restores_it()
    {
        Assert.Equal(new RecoveryDecision.Verify(Six), Recovery.Decide(Head, []));
        Assert.Equal(new RecoveryDecision.Restore(Six, new(7)), Recovery.Decide(Head, [new(Six, ManifestHealth.Good)]));
    }

    [Fact]
    public void Past_damaged_ones_it_falls_back_and_says_what_is_visible_already()
    {
        ManifestCheck six = new(Six, ManifestHealth.Damaged, "block 4"), five = new(Five, ManifestHealth.Missing);
        Assert.Equal(new RecoveryDecision.Verify(Five), Recovery.Decide(Head, [six]));
        var back = Assert.IsType<RecoveryDecision.FallBack>(Recovery.Decide(Head, [five, six, new(Three, ManifestHealth.Good)]));
        Assert.Equal(Three, back.Manifest);
        Assert.Equal([six, five], back.Skipped);
        Assert.Equal([new CheckpointId(5), new CheckpointId(6)], back.VisibleAgain);
    }

    [Fact]
    public void After_a_fall_back_no_number_is_used_again_that_a_sink_may_have_applied()
    {
        var back = Recovery.Decide(Head, [new(Six, ManifestHealth.Damaged), new(Five, ManifestHealth.Good)]);
        Assert.Equal(new CheckpointId(7), Assert.IsType<RecoveryDecision.FallBack>(back).FirstCheckpoint);
    }

    [Fact]
    public void An_io_error_is_waited_out_and_not_fallen_back_for()
    {
        ManifestCheck unreadable = new(Six, ManifestHealth.Unreadable, "503");
        Assert.Equal(new RecoveryDecision.Wait(unreadable), Recovery.Decide(Head, [unreadable, new(Five, ManifestHealth.Good)]));
        Assert.IsType<RecoveryDecision.Restore>(Recovery.Decide(Head, [unreadable, new(Six, ManifestHealth.Good)]));
    }

    [Fact]
    public void A_good_manifest_that_the_head_does_not_name_is_not_restored()
    {
        var orphan = new ManifestRef(new(6), "m6-of-a-dead-generation", "h6");
        Assert.Equal(new RecoveryDecision.Verify(Six), Recovery.Decide(Head, [new(orphan, ManifestHealth.Good)]));
    }

    [Fact]
    public void When_nothing_is_left_it_gives_up()
    {
        ManifestCheck[] checks = [.. Head.Retained.Select(manifest => new ManifestCheck(manifest, ManifestHealth.Damaged))];
        Assert.Equal(checks, Assert.IsType<RecoveryDecision.GiveUp>(Recovery.Decide(Head, [.. checks])).Skipped);
    }
}
