using System.CommandLine;
using System.Globalization;
using Gristmill.Checkpoints;
using Gristmill.Cli.Selection;
using Gristmill.Jobs;
using Gristmill.Protocol;
using Spectre.Console;

namespace Gristmill.Cli.Checkpoints;

/// <summary><c>checkpoints collect</c>: what no kept checkpoint needs. A job does this by itself; this shows what it would do.</summary>
internal static class CollectCommand
{
    private static readonly TimeSpan DefaultMinimumAge = TimeSpan.FromMilliseconds(Retention.DefaultMinimumAgeMs);

    public static Command Create(CommandFactory factory)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Shows what would be deleted and what is kept and why; deletes nothing." };
        var yes = new Option<bool>("--yes") { Description = "Deletes. A running job collects by itself: this is for one that does not run any more." };
        var minimumAge = new Option<TimeSpan?>("--minimum-age")
        {
            Description = "Younger objects are kept: hh:mm:ss, or d.hh:mm:ss. Default: 00:10:00, as for jobs.",
            HelpName = "TIME",
            CustomParser = argument =>
            {
                string text = argument.Tokens[0].Value;
                if (TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out TimeSpan age) && age >= TimeSpan.Zero)
                    return age;
                argument.AddError($"--minimum-age is '{text}'; it must be a time as 00:10:00 or 1.00:00:00, not negative.");
                return null;
            },
        };
        return factory.Create(
            "collect", "What collection deletes and keeps, and why.", [dryRun, yes, minimumAge],
            async (request, parsed, cancellationToken) =>
            {
                bool deletes = parsed.GetValue(yes);
                if (deletes == parsed.GetValue(dryRun))
                {
                    throw new UsageException(deletes
                        ? "--yes and --dry-run are both given; leave one out."
                        : "collect deletes nothing unasked, since a running job collects by itself: give --dry-run to see what it would delete, or --yes to delete that.");
                }

                CollectAnswer answer = await RunAsync(request, deletes, parsed.GetValue(minimumAge) ?? DefaultMinimumAge, cancellationToken);
                if (request.IsJson)
                    await request.Output.WriteJsonAsync(answer, cancellationToken);
                else
                    Write(request.Output, answer);
                return ExitCodes.Fine;
            });
    }

    private static async Task<CollectAnswer> RunAsync(Request request, bool deletes, TimeSpan minimumAge, CancellationToken cancellationToken)
    {
        string job = await JobChoice.FindAsync(request, cancellationToken);
        StoredHead? stored = await request.Store.ReadHeadAsync(job, cancellationToken);
        HeadRecord head = Heads.Decode(job, stored)
            ?? throw new UsageException($"--job is '{job}', which has no head in {request.Store.Description}, so nothing says what to keep; delete by hand what is not needed.");
        var collector = new Collector(request.Store, job, TimeProvider.System);
        CollectionPlan plan = await collector.PlanAsync(head, minimumAge, cancellationToken);
        Dictionary<string, long> sizes = await SizesAsync(request.Store, job, cancellationToken);
        if (deletes)
            await collector.CarryOutAsync(plan, cancellationToken);
        HeadContent content = HeadContent.Decode(stored!.Content, $"head of job '{job}'");
        var rules = RetentionRules.Of(content);
        return new CollectAnswer(
            request.Store.Description, job, !deletes,
            [.. content.Committed().Select(one => new RetainedCheckpoint(one.Checkpoint, one.CommittedAt, rules.For(one)))],
            [.. plan.Deletions.Select(item => Describe(item, sizes, null))],
            [.. plan.Kept.OrderByDescending(kept => kept.Object.Checkpoint).ThenBy(kept => kept.Object.Name, StringComparer.Ordinal).Select(kept => Describe(kept.Object, sizes, kept.Reason))]);
    }

    private static async Task<Dictionary<string, long>> SizesAsync(ICheckpointStore store, string job, CancellationToken cancellationToken)
    {
        var sizes = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (Gristmill.Checkpoints.StoredObject item in store.ListAsync(CheckpointLayout.JobPrefix(job), cancellationToken))
            sizes[item.Name] = item.Length;
        return sizes;
    }

    private static CollectedObject Describe(Gristmill.Protocol.StoredObject item, Dictionary<string, long> sizes, KeepReason? reason)
        => new(item.Name, item.Checkpoint.Value, sizes.GetValueOrDefault(item.Name), Math.Max(0, item.AgeMs / 1000), reason);

    private static void Write(ToolOutput output, CollectAnswer answer)
    {
        Table retained = Tables.Of("#checkpoint", "committed", "kept by");
        foreach (RetainedCheckpoint one in answer.Retained)
            retained.Row(one.Checkpoint.ToString(CultureInfo.InvariantCulture), one.CommittedAt is { } at ? Show.Time(at) : "", one.KeptBy ?? "");
        output.Write(retained);
        Table table = Tables.Of("object", "#bytes", "#age", "");
        foreach (CollectedObject item in answer.Deletions)
            table.Row(item.Name, Show.Bytes(item.Bytes), Age(item), answer.DryRun ? "to be deleted: no kept checkpoint needs it" : "deleted");
        foreach (CollectedObject item in answer.Kept)
            table.Row(item.Name, Show.Bytes(item.Bytes), Age(item), $"kept: {InWords(item.Reason!.Value)}");
        output.Write(table);
        output.WriteLine(
            $"Job '{answer.Job}': {Show.Count(answer.Deletions.Count, "object")}, {Show.Bytes(answer.Deletions.Sum(item => item.Bytes))}, {(answer.DryRun ? "would be deleted" : "deleted")}; " +
            $"{Show.Count(answer.Kept.Count, "object")}, {Show.Bytes(answer.Kept.Sum(item => item.Bytes))}, kept. Savepoints and the history are never collected.");
    }

    private static string Age(CollectedObject item) => TimeSpan.FromSeconds(item.AgeSeconds).ToString("c", CultureInfo.InvariantCulture);

    private static string InWords(KeepReason reason) => reason switch
    {
        KeepReason.Retained => "the manifest of a retained checkpoint",
        KeepReason.Referenced => "a retained checkpoint needs it",
        KeepReason.NotYetCommitted => "newer than the newest checkpoint, perhaps of one on its way",
        KeepReason.InDoubt => "a retained manifest that can't be read may need it",
        KeepReason.Young => "younger than the minimum age",
        _ => reason.ToString(),
    };
}

/// <summary>What <c>checkpoints collect</c> answers.</summary>
internal sealed record CollectAnswer(
    string Store, string Job, bool DryRun, IReadOnlyList<RetainedCheckpoint> Retained, IReadOnlyList<CollectedObject> Deletions, IReadOnlyList<CollectedObject> Kept);

/// <summary>A checkpoint the head names, and the rule that keeps it; null where the head tells none.</summary>
internal sealed record RetainedCheckpoint(long Checkpoint, DateTimeOffset? CommittedAt, string? KeptBy);

/// <summary>An object, and why it is kept; null for one that is not.</summary>
internal sealed record CollectedObject(string Name, long Checkpoint, long Bytes, long AgeSeconds, KeepReason? Reason);
