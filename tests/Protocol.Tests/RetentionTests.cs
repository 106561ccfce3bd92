using System.Collections.Immutable;

namespace Gristmill.Protocol.Tests;

public sealed class RetentionTests
{
    private const long Old = Retention.DefaultMinimumAgeMs;
    private static readonly ManifestRef Four = new(new(4), "4/manifest", "h4");
    private static readonly ManifestRef Five = new(new(5), "5/manifest", "h5");
    private static readonly HeadRecord Head = new(new(1), Five, [Four], 3);

    private static readonly ImmutableArray<ManifestReferences> Known =
        [new(Five, ["5/a", "2/base"]), new(Four, ["4/a", "2/base"])];

    private static readonly ImmutableArray<StoredObject> Stored =
    [
        Manifest(1), Data("1/a"), Manifest(2), Data("2/base"), Data("2/b"), Manifest(3), Data("3/a"),
        Manifest(4), Data("4/a"), Data("4/of-a-dead-generation"), Manifest(5), Data("5/a"), Data("6/a"),
    ];

    [Fact]
    public void What_no_retained_manifest_reaches_is_deleted_data_first_and_old_first()
    {
        var plan = Retention.Plan(Head, Known, Stored);
        Assert.Equal(
            ["1/a", "2/b", "3/a", "4/of-a-dead-generation", "1/manifest", "2/manifest", "3/manifest"],
            plan.Deletions.Select(item => item.Name));
        Assert.Equal(Stored.Length, plan.Deletions.Length + plan.Kept.Length);
        Assert.Equal(KeepReason.Referenced, Why(plan, "2/base"));
        Assert.Equal(KeepReason.Retained, Why(plan, "4/manifest"));
    }

    [Fact]
    public void What_is_newer_than_the_head_may_be_on_its_way_and_is_kept() =>
        Assert.Equal(KeepReason.NotYetCommitted, Why(Retention.Plan(Head, Known, Stored), "6/a"));

    [Fact]
    public void Young_objects_are_kept()
    {
        var stored = Stored.Replace(Data("3/a"), Data("3/a") with { AgeMs = Old - 1 });
        Assert.Equal(KeepReason.Young, Why(Retention.Plan(Head, Known, stored), "3/a"));
    }

    [Fact]
    public void A_retained_manifest_that_cannot_be_read_keeps_its_folder_and_all_older_ones()
    {
        foreach (var references in (ImmutableArray<ManifestReferences>[])[[Known[0]], [Known[0], new(Four, null)]])
        {
            var plan = Retention.Plan(Head, references, [.. Stored, Data("5/torn")]);
            Assert.Equal(["5/torn"], plan.Deletions.Select(item => item.Name));
            Assert.Equal(KeepReason.InDoubt, Why(plan, "1/a"));
            Assert.Equal(KeepReason.InDoubt, Why(plan, "1/manifest"));
        }
    }

    [Fact]
    public void Before_the_first_commit_nothing_is_deleted() =>
        Assert.Empty(Retention.Plan(Fence.TakeOver(null), [], Stored).Deletions);

    private static KeepReason Why(CollectionPlan plan, string name) => plan.Kept.Single(kept => kept.Object.Name == name).Reason;

    private static StoredObject Data(string name) => new(name, new(name[0] - '0'), StoredKind.Data, Old);

    private static StoredObject Manifest(int id) => new($"{id}/manifest", new(id), StoredKind.Manifest, Old);
}
