using System.CommandLine;
using System.Globalization;
using Gristmill.Checkpoints;
using Gristmill.Cli.Selection;
using Gristmill.Protocol;
using Spectre.Console;

namespace Gristmill.Cli.Checkpoints;

/// <summary><c>checkpoints show</c>: a manifest in words.</summary>
internal static class ShowCommand
{
    public static Command Create(CommandFactory factory)
    {
        var choice = new CheckpointChoice();
        return factory.Create(
            "show", "What a checkpoint or savepoint holds: operators, states with their schemas, tables, files.", choice.All,
            async (request, parsed, cancellationToken) =>
            {
                ShowAnswer answer = Describe(request.Store, await choice.OpenAsync(request, parsed, cancellationToken));
                if (request.IsJson)
                    await request.Output.WriteJsonAsync(answer, cancellationToken);
                else
                    Write(request.Output, answer);
                return ExitCodes.Fine;
            });
    }

    private static ShowAnswer Describe(ICheckpointStore store, Selected selected)
    {
        Manifest manifest = selected.Manifest;
        return new ShowAnswer(
            store.Description, selected.Job, manifest.Checkpoint, selected.Savepoint, manifest.Generation, manifest.CreatedAt, manifest.Kind, manifest.KeyGroups, manifest.JobComplete,
            manifest.EngineVersion, manifest.Previous, selected.Reference.Manifest, selected.Reference.Hash, manifest.Blocks.Sum(block => block.Length),
            [.. manifest.Operators.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => Describe(one.Key, one.Value, manifest))],
            [.. manifest.Blocks.GroupBy(block => block.File, StringComparer.Ordinal).OrderBy(file => file.Key, StringComparer.Ordinal).Select(Describe)]);
    }

    private static ShownOperator Describe(string name, ManifestOperator known, Manifest manifest)
        => new(name, known.Kind, known.Parallelism, known.States,
        [
            .. manifest.Blocks.Where(block => block.Operator == name).GroupBy(block => block.Name, StringComparer.Ordinal).OrderBy(table => table.Key, StringComparer.Ordinal)
                .Select(table => Describe(table.Key, [.. table])),
        ]);

    private static ShownTable Describe(string name, List<BlockInfo> blocks)
    {
        List<BlockInfo> deltas = blocks.FindAll(block => block.Kind == BlockKind.Delta);
        List<BlockInfo> whole = blocks.FindAll(block => block.Kind != BlockKind.Delta);
        return new ShownTable(
            name, [.. blocks.Select(block => block.Kind).Distinct().Order()], whole.Sum(block => block.Entries), deltas.Sum(block => block.Entries), blocks.Sum(block => block.Length), whole.Count, deltas.Count);
    }

    private static ShownFile Describe(IGrouping<string, BlockInfo> file)
    {
        CheckpointObject parsed = CheckpointLayout.Parse(file.Key);
        return new ShownFile(
            file.Key, parsed.Checkpoint < 0 ? null : parsed.Checkpoint, parsed.Generation < 0 ? null : parsed.Generation, file.Count(), file.Sum(block => block.Length));
    }

    private static void Write(ToolOutput output, ShowAnswer answer)
    {
        string what = answer.Savepoint is null ? $"Checkpoint {answer.Checkpoint}" : $"Savepoint '{answer.Savepoint}', made of checkpoint {answer.Checkpoint}";
        output.WriteLine($"{what} of job '{answer.Job}', taken {Show.Time(answer.CreatedAt)} by generation {answer.Generation} ({answer.Kind.ToString().ToLowerInvariant()})");
        output.WriteLine($"  {answer.KeyGroups} key groups, {Show.Bytes(answer.Bytes)}, written by Gristmill {answer.EngineVersion ?? "of unknown version"}");
        output.WriteLine($"  {answer.Manifest}");
        if (answer.JobComplete)
            output.WriteLine("  The job was complete: all input is read.");
        foreach (ShownOperator one in answer.Operators)
        {
            output.WriteLine();
            output.WriteLine($"{one.Name}: {one.Kind}, parallelism {one.Parallelism}");
            foreach (ManifestState state in one.States)
                output.WriteLine($"  state {state.Name}: {state.Schema}");
            foreach (ShownTable table in one.Tables)
                output.WriteLine($"  {Describe(table)}");
        }

        WriteFiles(output, answer);
    }

    private static string Describe(ShownTable table)
    {
        string entries = table.DeltaBlocks == 0 ? Show.Count(table.Entries, "entry", "entries") : $"{Show.Number(table.Entries)} + {Show.Number(table.DeltaEntries)} changed entries";
        string blocks = table.Kinds is [BlockKind.Base] or [BlockKind.Base, BlockKind.Delta] or [BlockKind.Delta]
            ? $"{table.BaseBlocks} base and {Show.Count(table.DeltaBlocks, "delta block")}"
            : Show.Count(table.BaseBlocks, "block");
        return $"{table.Name}: {entries}, {Show.Bytes(table.Bytes)} in {blocks}";
    }

    private static void WriteFiles(ToolOutput output, ShowAnswer answer)
    {
        Table table = Tables.Of("#from checkpoint", "#generation", "file", "#blocks", "#bytes used");
        foreach (ShownFile file in answer.Files.OrderByDescending(file => file.Checkpoint))
        {
            table.Row(
                file.Checkpoint?.ToString(CultureInfo.InvariantCulture) ?? "", file.Generation?.ToString(CultureInfo.InvariantCulture) ?? "", file.File,
                Show.Number(file.Blocks), Show.Bytes(file.Bytes));
        }

        output.Write(table);
    }
}

/// <summary>What <c>checkpoints show</c> answers.</summary>
internal sealed record ShowAnswer(
    string Store, string Job, long Checkpoint, string? Savepoint, long Generation, DateTimeOffset CreatedAt, CheckpointKind Kind, int KeyGroups, bool JobComplete,
    string? EngineVersion, string? Previous, string Manifest, string Hash, long Bytes, IReadOnlyList<ShownOperator> Operators, IReadOnlyList<ShownFile> Files);

/// <summary>An operator of a checkpoint.</summary>
internal sealed record ShownOperator(string Name, string Kind, int Parallelism, IReadOnlyList<ManifestState> States, IReadOnlyList<ShownTable> Tables);

/// <summary>What blocks of one name hold. Entries count those of base blocks, delta entries those changed since.</summary>
internal sealed record ShownTable(string Name, IReadOnlyList<BlockKind> Kinds, long Entries, long DeltaEntries, long Bytes, int BaseBlocks, int DeltaBlocks);

/// <summary>A file a checkpoint needs, and the checkpoint that wrote it.</summary>
internal sealed record ShownFile(string File, long? Checkpoint, long? Generation, int Blocks, long Bytes);
