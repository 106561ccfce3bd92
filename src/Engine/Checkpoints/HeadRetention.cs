using System.Text.Json.Serialization;
using Gristmill.Protocol;

namespace Gristmill.Checkpoints;

/// <summary>The rules of retention, as a head tells them. See <see cref="CheckpointOptions.Retain"/>.</summary>
public sealed record HeadRetention
{
    /// <summary>The newest so many.</summary>
    public required int Last { get; init; }

    /// <summary>All that are no older, in milliseconds.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ForMs { get; init; }

    /// <summary>One of each slot of time, for a while.</summary>
    public IReadOnlyList<RetentionTier> Tiers { get; init; } = [];

    internal static HeadRetention Of(RetentionPolicy policy) => new() { Last = policy.Last, ForMs = policy.ForMs, Tiers = policy.Tiers };

    /// <summary>Null if these are no rules this version knows: they only tell, so nothing is to fail for them.</summary>
    internal RetentionPolicy? ToPolicy()
        => new RetentionPolicy { Last = Last, ForMs = ForMs, Tiers = [.. Tiers] } is { IsValid: true } policy ? policy : null;
}
