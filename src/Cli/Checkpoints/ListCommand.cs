using System.CommandLine;
using System.Globalization;
using Gristmill.Checkpoints;
using Gristmill.Cli.Selection;
using Gristmill.Protocol;
using Spectre.Console;

namespace Gristmill.Cli.Checkpoints;

/// <summary><c>checkpoints list</c>: what a job could be restored from.</summary>
internal static class ListCommand
{
    public static Command Create(CommandFactory factory) => factory.Create(
        "list", "The committed checkpoints of a job, newest first, and its savepoints.", [], (request, _, cancellationToken) => RunAsync(request, cancellationToken));

    private static async Task<int> RunAsync(Request request, CancellationToken cancellationToken)
    {
        string job = await JobChoice.FindAsync(request, cancellationToken);
        HeadContent? head = await HeadContent.ReadAsync(request.Store, job, cancellationToken);
        var rows = new List<ListedCheckpoint>();
        var blocks = new HashSet<(string File, long Offset, long Length)>();
        var rules = RetentionRules.Of(head);
        foreach (ManifestReference reference in head?.Committed() ?? [])
            rows.Add((await DescribeAsync(request.Store, reference, reference == head!.Newest, blocks, cancellationToken)) with { CommittedAt = reference.CommittedAt, KeptBy = rules.For(reference) });
        var answer = new ListAnswer(
            request.Store.Description, job, head?.Generation, head?.Newest?.Checkpoint, blocks.Sum(block => block.Length), rows,
            await Savepoints.ListAsync(request.Store, job, cancellationToken));
        if (request.IsJson)
            await request.Output.WriteJsonAsync(answer, cancellationToken);
        else
            Write(request.Output, answer);
        return rows.Exists(row => row.Problem is not null) ? ExitCodes.Bad : ExitCodes.Fine;
    }

    private static async Task<ListedCheckpoint> DescribeAsync(
        ICheckpointStore store, ManifestReference reference, bool isNewest, HashSet<(string, long, long)> seen, CancellationToken cancellationToken)
    {
        var row = new ListedCheckpoint(reference.Checkpoint, isNewest, reference.Generation);
        try
        {
            Manifest manifest = await ManifestFile.ReadAsync(store, reference, cancellationToken);
            seen.UnionWith(manifest.Blocks.Select(block => (block.File, block.Offset, block.Length)));
            return row with
            {
                CreatedAt = manifest.CreatedAt,
                Kind = manifest.Kind,
                JobComplete = manifest.JobComplete,
                OwnBytes = manifest.Blocks.Where(block => CheckpointLayout.Parse(block.File).Checkpoint == manifest.Checkpoint).Sum(block => block.Length),
                Bytes = manifest.Blocks.Sum(block => block.Length),
                Blocks = manifest.Blocks.Count,
                Files = manifest.Blocks.Select(block => block.File).Distinct(StringComparer.Ordinal).Count(),
            };
        }
        catch (Exception e) when (e is CorruptCheckpointException or UnsupportedFormatException or ObjectNotFoundException)
        {
            return row with { Problem = e.Message };
        }
    }

    private static void Write(ToolOutput output, ListAnswer answer)
    {
        output.WriteLine($"Job '{answer.Job}' in {answer.Store}");
        Table table = Tables.Of("#checkpoint", "", "time", "committed", "#generation", "kind", "#own", "#referenced", "#blocks", "#files", "kept by");
        foreach (ListedCheckpoint row in answer.Checkpoints)
        {
            string number = row.Checkpoint.ToString(CultureInfo.InvariantCulture);
            string generation = row.Generation.ToString(CultureInfo.InvariantCulture);
            string mark = row.Newest ? "newest" : "";
            string committed = row.CommittedAt is { } at ? Show.Time(at) : "";
            if (row.Problem is not null)
                table.Row(number, mark, "can't be read", committed, generation, "", "", "", "", "", row.KeptBy ?? "");
            else
                table.Row(number, mark, Show.Time(row.CreatedAt!.Value), committed, generation, $"{row.Kind}".ToLowerInvariant(), Show.Bytes(row.OwnBytes), Show.Bytes(row.Bytes), Show.Number(row.Blocks), Show.Number(row.Files), row.KeptBy ?? "");
        }

        output.Write(table);
        output.WriteLine($"{Show.Count(answer.Checkpoints.Count, "checkpoint")}, {Show.Bytes(answer.TotalBytes)} in all; what several share is counted once.");
        if (answer.Savepoints.Count > 0)
            output.WriteLine($"Savepoints: {Show.Names(answer.Savepoints)}");
        foreach (ListedCheckpoint row in answer.Checkpoints.Where(row => row.Problem is not null))
            output.WriteLine($"Checkpoint {row.Checkpoint} can't be read: {row.Problem}");
    }
}

/// <summary>What <c>checkpoints list</c> answers.</summary>
internal sealed record ListAnswer(
    string Store, string Job, long? Generation, long? Newest, long TotalBytes, IReadOnlyList<ListedCheckpoint> Checkpoints, IReadOnlyList<string> Savepoints);

/// <summary>A checkpoint in a list. Own bytes are what it wrote, bytes what a restore of it reads.</summary>
internal sealed record ListedCheckpoint(long Checkpoint, bool Newest, long Generation)
{
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When the head first named it; null if nobody noted it.</summary>
    public DateTimeOffset? CommittedAt { get; init; }

    /// <summary>The rule of retention that keeps it; null if the head tells no rules.</summary>
    public string? KeptBy { get; init; }

    public CheckpointKind? Kind { get; init; }

    public bool JobComplete { get; init; }

    public long OwnBytes { get; init; }

    public long Bytes { get; init; }

    public int Blocks { get; init; }

    public int Files { get; init; }

    public string? Problem { get; init; }
}
