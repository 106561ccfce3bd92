using System.Globalization;
using Gristmill.Checkpoints;
using Gristmill.Jobs;
using Gristmill.Protocol;

namespace Gristmill.Cli.Checkpoints;

/// <summary>Which rule keeps each checkpoint: those the job committed its newest one with, as of that moment.</summary>
internal sealed class RetentionRules
{
    private readonly Dictionary<string, string> _rules = new(StringComparer.Ordinal);

    /// <summary>Reads them from a head. One that names none, or no time, tells nothing.</summary>
    public static RetentionRules Of(HeadContent? head)
    {
        var rules = new RetentionRules();
        if (head?.Retention?.ToPolicy() is not { } policy || head.Newest?.CommittedAt is not { } now)
            return rules;
        foreach (KeptManifest kept in policy.Explain(head.Committed().Select(Heads.ToRef), now.ToUnixTimeMilliseconds()))
            rules._rules[kept.Manifest.Name] = InWords(kept, policy);
        return rules;
    }

    /// <summary>The rule that keeps a checkpoint, in words; null if it is not known.</summary>
    public string? For(ManifestReference reference) => _rules.GetValueOrDefault(reference.Manifest);

    private static string InWords(KeptManifest kept, RetentionPolicy policy) => kept.Rule switch
    {
        RetentionRule.Newest => "newest",
        RetentionRule.Previous => "one before the newest",
        RetentionRule.Last => $"last {policy.Last}",
        RetentionRule.Tier => $"first of {Span(kept.Tier!.EveryMs)} for {Span(kept.Tier.ForMs)}",
        RetentionRule.Age => $"younger than {Span(policy.ForMs!.Value)}",
        _ => kept.Rule.ToString(),
    };

    private static string Span(long milliseconds) => TimeSpan.FromMilliseconds(milliseconds).ToString("c", CultureInfo.InvariantCulture);
}
