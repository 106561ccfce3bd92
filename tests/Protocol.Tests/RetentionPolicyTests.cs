using System.Collections.Immutable;

namespace Gristmill.Protocol.Tests;

/// <summary>What stays in the head, over all small histories of commits.</summary>
public sealed class RetentionPolicyTests
{
    private const int Commits = 6;

    private static readonly ImmutableArray<RetentionPolicy> Policies =
    [
        .. from last in new[] { 1, 2, 3 }
        from age in new long?[] { null, 1, 4 }
        from tiers in new ImmutableArray<RetentionTier>[] { [], [new(2, 4)], [new(3, 3)], [new(2, 4), new(5, 15)], [new(4, 12), new(1, 2)] }
        select new RetentionPolicy { Last = last, ForMs = age, Tiers = tiers },
    ];

    [Fact]
    public void The_head_names_exactly_the_last_the_young_and_the_first_ever_committed_of_each_slot()
    {
        foreach (var policy in Policies)
        {
            ForAllHistories([0, 1, 2, 5], history =>
            {
                var head = Run(policy, history);
                var now = history[^1];
                long[] expected = [.. Enumerable.Range(1, history.Length).Where(id => IsDue(policy, history, id, now)).Select(id => (long)id).Reverse()];
                Assert.Equal(expected, Ids(head));
            });
        }
    }

    /// <summary>By the text of the rules, knowing all that was ever committed. The head knows only what it kept.</summary>
    private static bool IsDue(RetentionPolicy policy, long[] history, int id, long now)
    {
        var at = history[id - 1];
        return id > history.Length - Math.Max(2, policy.Last)
            || now - at <= policy.ForMs
            || policy.Tiers.Any(tier => FirstOfSlot(tier) == id && (at / tier.EveryMs + 1) * tier.EveryMs > now - tier.ForMs);

        int FirstOfSlot(RetentionTier tier) => Array.FindIndex(history, other => other / tier.EveryMs == at / tier.EveryMs) + 1;
    }

    [Fact]
    public void Whatever_the_clock_does_the_last_ones_stay_and_nothing_comes_back()
    {
        foreach (var policy in Policies)
        {
            ForAllHistories([-9, -1, 0, 1, 6], history =>
            {
                long[] before = history.Length == 1 ? [] : Ids(Run(policy, history[..^1]));
                var after = Ids(Run(policy, history));
                Assert.Equal(Enumerable.Range(0, Math.Min(history.Length, Math.Max(2, policy.Last))).Select(i => (long)(history.Length - i)), after.Take(Math.Max(2, policy.Last)));
                Assert.Subset(new HashSet<long>([.. before, history.Length]), after.ToHashSet());
            });
        }
    }

    [Fact]
    public void An_earlier_time_never_keeps_less()
    {
        foreach (var policy in Policies)
        {
            ForAllHistories([-9, 0, 1, 3, 8], history =>
            {
                ManifestRef[] all = [.. history.Select((at, i) => Manifest(i + 1, at)).Reverse()];
                ImmutableArray<ManifestRef> later = policy.Keep(all, history.Max() + 20);
                for (var now = history.Max() + 19; now >= history.Min() - 2; now--)
                {
                    var earlier = policy.Keep(all, now);
                    Assert.Subset(earlier.ToHashSet(), later.ToHashSet());
                    later = earlier;
                }
            }, depth: 4);
        }
    }

    [Fact]
    public void What_stays_stays_whole_when_it_is_asked_again()
    {
        foreach (var policy in Policies)
        {
            ForAllHistories([-9, 0, 1, 6], history =>
            {
                var head = Run(policy, history);
                Assert.Equal(head.Retained, policy.Keep(head.Retained, history[^1]));
            }, depth: 5);
        }
    }

    [Fact]
    public void An_unknown_time_counts_as_old_and_is_kept_by_count_alone()
    {
        var policy = new RetentionPolicy { Last = 3, ForMs = 1000, Tiers = [new(10, 1000)] };
        var all = Enumerable.Range(1, 6).Select(id => Manifest(id, id == 1 ? 100 : null)).Reverse().ToList();
        Assert.Equal(
            [(6L, RetentionRule.Newest), (5, RetentionRule.Last), (4, RetentionRule.Last), (1, RetentionRule.Tier)],
            policy.Explain(all, 100).Select(kept => (kept.Manifest.Checkpoint.Value, kept.Rule)));
    }

    [Fact]
    public void Each_that_stays_is_told_with_its_first_rule_and_the_tier_that_lasts_longest()
    {
        var policy = new RetentionPolicy { Last = 1, ForMs = 11, Tiers = [new(10, 20), new(50, 100)] };
        var all = Enumerable.Range(1, 12).Select(id => Manifest(id, id * 5)).Reverse().ToList();
        Assert.Equal(
            [
                (12L, RetentionRule.Newest, null), (11, RetentionRule.Age, null), (10, RetentionRule.Tier, new(50, 100)), (8, RetentionRule.Tier, new(10, 20)),
                (1, RetentionRule.Tier, new(50, 100)),
            ],
            policy.Explain([.. all.Where(one => one.Checkpoint.Value != 9 && one.Checkpoint.Value != 7 && one.Checkpoint.Value != 5)], 66)
                .Select(kept => (kept.Manifest.Checkpoint.Value, kept.Rule, kept.Tier)));
        Assert.Equal(RetentionRule.Previous, RetentionPolicy.LastOf(1).Explain(all, 0)[1].Rule);
    }

    [Fact]
    public void A_head_never_names_more_than_it_holds_and_those_that_only_age_keeps_go_first()
    {
        var policy = new RetentionPolicy { Last = 10, ForMs = 1_000_000, Tiers = [new(10, 1_000_000)] };
        var kept = policy.Explain([.. Enumerable.Range(1, 600).Select(id => Manifest(id, id)).Reverse()], 600);
        Assert.Equal(RetentionPolicy.Most, kept.Length);
        Assert.Equal(Enumerable.Range(591, 10).Reverse().Select(id => (long)id), kept.Take(10).Select(one => one.Manifest.Checkpoint.Value));

        // 61 slots, of which the last two begin among the last ten.
        Assert.Equal(60, kept.Count(one => one.Manifest.Checkpoint.Value % 10 == 0 || one.Manifest.Checkpoint.Value == 1) - 1);
        var byAge = kept.Where(one => one.Rule == RetentionRule.Age).Select(one => one.Manifest.Checkpoint.Value).ToList();
        Assert.True(byAge.Min() > 300 && byAge.Count > 100);

        var tiersOnly = policy with { Tiers = [new(1, 1_000_000)] };
        Assert.Equal(
            Enumerable.Range(600 - RetentionPolicy.Most + 1, RetentionPolicy.Most).Reverse().Select(id => (long)id),
            tiersOnly.Keep([.. Enumerable.Range(1, 600).Select(id => Manifest(id, id)).Reverse()], 600).Select(one => one.Checkpoint.Value));
    }

    [Fact]
    public void No_tier_keeps_more_than_it_says()
    {
        foreach (var (every, span) in from every in Enumerable.Range(1, 5) from span in Enumerable.Range(every, 12) select (every, span))
        {
            var tier = new RetentionTier(every, span);
            var policy = new RetentionPolicy { Last = 1, Tiers = [tier] };
            var head = Fence.TakeOver(null);
            long most = 0;
            for (var at = 1; at <= 60; at++)
            {
                head = Fence.Commit(head, new(1), Manifest(at, null), policy, at)!;
                most = Math.Max(most, policy.Explain(head.Retained, at).Count(kept => kept.Tier is not null) + (at % every == 0 ? 1 : 0));
            }

            Assert.True(most <= tier.MostKept(), $"{tier} says {tier.MostKept()} and kept {most}");
            Assert.True(most >= span / every, $"{tier} kept no more than {most}");
        }
    }

    [Fact]
    public void A_policy_that_keeps_nothing_or_has_no_time_is_refused()
    {
        foreach (var policy in (RetentionPolicy[])
            [new() { Last = 0 }, new() { Last = 257 }, new() { ForMs = 0 }, new() { Tiers = [new(0, 1)] }, new() { Tiers = [new(2, 1)] }, new() { Tiers = [null!] }])
        {
            Assert.False(policy.IsValid);
            Assert.Throws<ProtocolViolationException>(() => policy.Keep([], 0));
        }
    }

    private static HeadRecord Run(RetentionPolicy policy, long[] history)
    {
        var head = Fence.TakeOver(null);
        for (var i = 0; i < history.Length; i++) head = Fence.Commit(head, new(1), Manifest(i + 1, null), policy, history[i])!;
        return head;
    }

    /// <summary>All sequences of commits with these times between them; each beginning of one comes too.</summary>
    private static void ForAllHistories(long[] steps, Action<long[]> check, int depth = Commits)
    {
        Extend([20]);

        void Extend(ImmutableArray<long> history)
        {
            check([.. history]);
            if (history.Length == depth) return;
            foreach (var step in steps) Extend(history.Add(history[^1] + step));
        }
    }

    private static long[] Ids(HeadRecord head) => [.. head.Retained.Select(manifest => manifest.Checkpoint.Value)];

    private static ManifestRef Manifest(int id, long? at) => new(new(id), $"m{id}", $"h{id}") { CommittedAtMs = at };
}
