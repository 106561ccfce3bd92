using System.Collections.ObjectModel;
using Gristmill.Protocol;

namespace Gristmill;

/// <summary>
/// One checkpoint of each <see cref="Every"/> is kept, the first, for <see cref="For"/>: for example one of each hour for a day.
/// Slots begin at multiples of <see cref="Every"/> since 1970, in UTC.
/// </summary>
/// <param name="Every">1 s to 366 days.</param>
/// <param name="For">How long, at least: <paramref name="Every"/> to 3,660 days.</param>
public readonly record struct CheckpointTier(TimeSpan Every, TimeSpan For)
{
    internal RetentionTier ToProtocol() => new((long)Every.TotalMilliseconds, (long)For.TotalMilliseconds);
}

/// <summary>Tiers of retention, see <see cref="CheckpointOptions.RetentionTiers"/>.</summary>
public sealed class RetentionTierList : Collection<CheckpointTier>
{
    /// <summary>Keeps one checkpoint of each so much time for so long.</summary>
    /// <param name="every">1 s to 366 days.</param>
    /// <param name="keepFor">How long, at least: <paramref name="every"/> to 3,660 days.</param>
    /// <returns>This list.</returns>
    public RetentionTierList Add(TimeSpan every, TimeSpan keepFor)
    {
        Add(new CheckpointTier(every, keepFor));
        return this;
    }
}
