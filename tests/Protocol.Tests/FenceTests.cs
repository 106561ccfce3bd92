namespace Gristmill.Protocol.Tests;

public sealed class FenceTests
{
    private static ManifestRef Manifest(long id) => new(new(id), $"m{id}", $"h{id}") { CommittedAtMs = 5 };

    private static HeadRecord? Commit(HeadRecord head, Generation generation, ManifestRef manifest) => Fence.Commit(head, generation, manifest, RetentionPolicy.Default, 5);

    [Fact]
    public void The_first_take_over_makes_the_first_generation_and_the_next_one_keeps_what_is_committed()
    {
        var first = Fence.TakeOver(null);
        Assert.Equal(new Generation(1), first.Generation);
        var committed = Commit(first, new(1), Manifest(1))!;
        var second = Fence.TakeOver(committed);
        Assert.Equal((new Generation(2), Manifest(1), committed.Version + 1), (second.Generation, second.Newest, second.Version));
    }

    [Fact]
    public void A_generation_that_was_taken_over_cannot_commit()
    {
        var second = Fence.TakeOver(Fence.TakeOver(null));
        Assert.Null(Commit(second, new(1), Manifest(1)));
        Assert.NotNull(Commit(second, new(2), Manifest(1)));
    }

    [Fact]
    public void A_commit_pushes_the_newest_to_the_older_ones_and_keeps_as_many_as_are_retained()
    {
        var head = Fence.TakeOver(null);
        for (var id = 1; id <= 5; id++) head = Fence.Commit(head, new(1), Manifest(id), RetentionPolicy.LastOf(3), id)!;
        Assert.Equal([5L, 4, 3], head.Retained.Select(manifest => manifest.Checkpoint.Value));
    }

    [Fact]
    public void A_commit_notes_its_time_and_its_policy_and_a_take_over_leaves_both()
    {
        var head = Fence.Commit(Fence.TakeOver(null), new(1), Manifest(1) with { CommittedAtMs = null }, RetentionPolicy.LastOf(7), 1234)!;
        Assert.Equal((1234L, 7), (head.Newest!.CommittedAtMs!.Value, head.Policy!.Last));
        head = Fence.Commit(Fence.TakeOver(head), new(2), Manifest(2), RetentionPolicy.Default, 5678)!;
        Assert.Equal([5678L, 1234L], head.Retained.Select(manifest => manifest.CommittedAtMs!.Value));
    }

    [Fact]
    public void The_head_never_moves_back()
    {
        var head = Commit(Fence.TakeOver(null), new(1), Manifest(2))!;
        Assert.Throws<ProtocolViolationException>(() => Commit(head, new(1), Manifest(2)));
    }

    [Fact]
    public void Only_a_swap_that_said_yes_gives_a_generation()
    {
        Assert.Equal(TakeOverOutcome.Owned, Fence.JudgeTakeOver(CasResult.Moved));
        Assert.Equal(TakeOverOutcome.TryAgain, Fence.JudgeTakeOver(CasResult.Refused));
        Assert.Equal(TakeOverOutcome.TryAgain, Fence.JudgeTakeOver(CasResult.Unknown));
    }

    [Fact]
    public void A_commit_that_was_refused_or_is_unknown_is_settled_by_the_head_itself()
    {
        var head = Fence.TakeOver(null);
        var wanted = Commit(head, new(1), Manifest(1))!;
        Assert.Equal(CommitOutcome.Committed, Fence.JudgeCommit(CasResult.Moved));
        Assert.Equal(CommitOutcome.ReadHead, Fence.JudgeCommit(CasResult.Refused));
        Assert.Equal(CommitOutcome.ReadHead, Fence.JudgeCommit(CasResult.Unknown));

        Assert.Equal(CommitOutcome.Committed, Fence.JudgeCommit(head, wanted, wanted with { }));
        Assert.Equal(CommitOutcome.Unknown, Fence.JudgeCommit(head, wanted, head));
        Assert.Equal(CommitOutcome.Unknown, Fence.JudgeCommit(head, wanted, null));
        Assert.Equal(CommitOutcome.Fenced, Fence.JudgeCommit(head, wanted, Fence.TakeOver(head)));
        Assert.Equal(CommitOutcome.Fenced, Fence.JudgeCommit(head, wanted, Fence.TakeOver(wanted)));
    }

    [Fact]
    public void Heads_are_equal_by_content()
    {
        var one = Commit(Commit(Fence.TakeOver(null), new(1), Manifest(1))!, new(1), Manifest(2))!;
        var same = one with { Older = [Manifest(1)] };
        Assert.Equal(one, same);
        Assert.Equal(one.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(one, one with { Older = [] });
        Assert.Equal(one, one with { Policy = new RetentionPolicy { Tiers = [] } });
        Assert.NotEqual(one, one with { Policy = new RetentionPolicy { Tiers = [new(1, 2)] } });
    }
}
