using Gristmill.Protocol;

namespace Gristmill;

/// <summary>What is wrong with how checkpoints are to be retained.</summary>
internal static class RetentionFaults
{
    private const long Second = 1000;
    private const long Day = 24L * 3600 * Second;
    private const int MostTiers = 16;

    public static IEnumerable<string> Of(CheckpointOptions options)
    {
        var faults = new List<string>();
        GristmillOptions.Check(faults, "Checkpoints.Retain", options.Retain, 1, RetentionPolicy.Most);
        if (options.RetainFor is { } age)
            GristmillOptions.Check(faults, "Checkpoints.RetainFor in milliseconds", (long)age.TotalMilliseconds, 1, 3660 * Day);
        GristmillOptions.Check(faults, "The number of Checkpoints.RetentionTiers", options.RetentionTiers.Count, 0, MostTiers);
        for (int i = 0; i < options.RetentionTiers.Count; i++)
        {
            RetentionTier tier = options.RetentionTiers[i].ToProtocol();
            GristmillOptions.Check(faults, $"Checkpoints.RetentionTiers[{i}].Every in milliseconds", tier.EveryMs, Second, 366 * Day);
            GristmillOptions.Check(faults, $"Checkpoints.RetentionTiers[{i}].For in milliseconds", tier.ForMs, Math.Max(Second, tier.EveryMs), 3660 * Day);
        }

        if (faults.Count == 0 && TooMany(options) is { } fault)
            faults.Add(fault);
        return faults;
    }

    /// <summary>What a fixed interval lets come together; with another one the head's limit holds, and the oldest go first.</summary>
    private static string? TooMany(CheckpointOptions options)
    {
        bool isFixed = options is { Periodic: true, RecoveryTimeObjective: null, OverheadBudget: null } && options.Interval > TimeSpan.Zero;
        long byAge = options.RetainFor is { } age && isFixed ? (long)(age / options.Interval) + 1 : 0;
        long byTiers = options.RetentionTiers.Sum(tier => tier.ToProtocol().MostKept());

        // The youngest are counted by their number or their age, not twice.
        long most = Math.Max(Math.Max(2, options.Retain), byAge) + byTiers;
        return most <= RetentionPolicy.Most
            ? null
            : $"Checkpoints.Retain is {options.Retain}, RetainFor {(options.RetainFor is null ? "null" : $"{options.RetainFor} at an interval of {options.Interval}")}, and RetentionTiers keep up to {byTiers}: "
                + $"together {most} checkpoints, and at most {RetentionPolicy.Most} can be kept. Ask for fewer, or for RetainFor a tier that keeps rarer ones.";
    }
}
