using System.Collections.Immutable;

namespace Gristmill.Protocol;

/// <summary>
/// Which committed checkpoints the head goes on naming. The newest and the one before always stay: without the second
/// there is nothing to fall back to. The rules add up; what none of them keeps leaves the head and is never named again.
/// </summary>
public sealed record RetentionPolicy
{
    /// <summary>How many manifests a head names at most. It is written with every commit.</summary>
    public const int Most = 256;

    /// <summary>The last ten and nothing else.</summary>
    public static readonly RetentionPolicy Default = new();

    /// <summary>The newest so many: 1 to <see cref="Most"/>. Default: 10.</summary>
    public int Last { get; init; } = 10;

    /// <summary>All that are no older than this, in milliseconds; null: age keeps none.</summary>
    public long? ForMs { get; init; }

    /// <summary>Thinned out for longer.</summary>
    public ImmutableArray<RetentionTier> Tiers { get; init; } = [];

    /// <summary>The newest so many, and nothing else.</summary>
    public static RetentionPolicy LastOf(int count) => new() { Last = count };

    /// <summary>Whether its numbers make sense at all; not whether they fit a head.</summary>
    public bool IsValid => Last is >= 1 and <= Most && ForMs is null or > 0 && Tiers.All(tier => tier is { EveryMs: > 0 } && tier.ForMs >= tier.EveryMs);

    /// <summary>The manifests that stay, newest first.</summary>
    /// <param name="committed">Those the head would name if it forgot none, newest first.</param>
    /// <param name="nowMs">The time. If a clock went back, later ones count as young: that drops nothing.</param>
    public ImmutableArray<ManifestRef> Keep(IEnumerable<ManifestRef> committed, long nowMs) => [.. Explain(committed, nowMs).Select(kept => kept.Manifest)];

    /// <summary>The same, with the rule that keeps each.</summary>
    public ImmutableArray<KeptManifest> Explain(IEnumerable<ManifestRef> committed, long nowMs)
    {
        ArgumentNullException.ThrowIfNull(committed);
        Invariant.Holds(IsValid, "A retention policy keeps at least one checkpoint, and its times are positive.");
        ImmutableArray<ManifestRef> all = [.. committed];
        var tiers = FirstOfSlots(all, nowMs);
        var kept = ImmutableArray.CreateBuilder<KeptManifest>();
        for (var i = 0; i < all.Length; i++)
        {
            if (RuleFor(i, all[i], tiers, nowMs) is { } rule)
                kept.Add(new KeptManifest(all[i], rule, rule == RetentionRule.Tier ? tiers[all[i].Checkpoint] : null));
        }

        return Bounded(kept);
    }

    private RetentionRule? RuleFor(int place, ManifestRef manifest, Dictionary<CheckpointId, RetentionTier> tiers, long nowMs) => place switch
    {
        0 => RetentionRule.Newest,
        _ when place < Last => RetentionRule.Last,
        _ when tiers.ContainsKey(manifest.Checkpoint) => RetentionRule.Tier,
        _ when ForMs is { } most && manifest.CommittedAtMs is { } at && nowMs - at <= most => RetentionRule.Age,
        1 => RetentionRule.Previous,
        _ => null,
    };

    /// <summary>
    /// What is kept by a tier, and by which. Slots lie fixed in time, and the first of a slot is the one committed first: no
    /// later one takes its place, so what was dropped is never missed. A slot goes as a whole, when all of it is too old.
    /// </summary>
    private Dictionary<CheckpointId, RetentionTier> FirstOfSlots(ImmutableArray<ManifestRef> all, long nowMs)
    {
        var firsts = new Dictionary<CheckpointId, RetentionTier>();
        foreach (var tier in Tiers.OrderByDescending(tier => tier.ForMs))
        {
            var taken = new HashSet<long>();
            for (var i = all.Length - 1; i >= 0; i--)
            {
                if (all[i].CommittedAtMs is not { } at) continue;
                var slot = tier.SlotOf(at);
                if (slot >= tier.SlotOf(nowMs - tier.ForMs) && taken.Add(slot)) firsts.TryAdd(all[i].Checkpoint, tier);
            }
        }

        return firsts;
    }

    /// <summary>
    /// More than a head names come about only where checkpoints were more frequent than foreseen or a clock was far off.
    /// Then the oldest that only their age keeps go first, next the oldest of tiers.
    /// </summary>
    private static ImmutableArray<KeptManifest> Bounded(ImmutableArray<KeptManifest>.Builder kept)
    {
        foreach (var rule in (RetentionRule[])[RetentionRule.Age, RetentionRule.Tier])
        {
            for (var i = kept.Count - 1; i > 1 && kept.Count > Most; i--)
            {
                if (kept[i].Rule == rule) kept.RemoveAt(i);
            }
        }

        return kept.ToImmutable();
    }

    /// <inheritdoc />
    public bool Equals(RetentionPolicy? other) =>
        other is not null && Last == other.Last && ForMs == other.ForMs && Tiers.AsSpan().SequenceEqual(other.Tiers.AsSpan());

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Last, ForMs, Tiers.Length);
}

/// <summary>One checkpoint of each slot of time, for a while.</summary>
/// <param name="EveryMs">How long a slot is: 1 or more. Slots begin at multiples of it since 1970.</param>
/// <param name="ForMs">How long it is kept, from the end of its slot: a slot or more.</param>
public sealed record RetentionTier(long EveryMs, long ForMs)
{
    /// <summary>How many checkpoints it keeps at most at a time.</summary>
    public long MostKept() => (ForMs + EveryMs - 1) / EveryMs + 1;

    /// <summary>The slot a time is in.</summary>
    public long SlotOf(long atMs) => atMs >= 0 ? atMs / EveryMs : (atMs + 1) / EveryMs - 1;
}

/// <summary>Why the head names a checkpoint.</summary>
public enum RetentionRule
{
    /// <summary>It is the newest.</summary>
    Newest = 0,

    /// <summary>It is the one before the newest, and nothing else keeps it.</summary>
    Previous,

    /// <summary>It is one of the last so many.</summary>
    Last,

    /// <summary>It is the first of its slot in a tier.</summary>
    Tier,

    /// <summary>It is young enough.</summary>
    Age,
}

/// <summary>A checkpoint that stays, and why.</summary>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Rule">The first rule that keeps it.</param>
/// <param name="Tier">Of several tiers that keep it the one that lasts longest; null with every other rule.</param>
public sealed record KeptManifest(ManifestRef Manifest, RetentionRule Rule, RetentionTier? Tier);
