using System.CommandLine;
using Gristmill.Checkpoints;
using Gristmill.Cli.Selection;
using Gristmill.Cli.State;
using Gristmill.Cli.Values;
using Spectre.Console;

namespace Gristmill.Cli.Checkpoints;

/// <summary><c>checkpoints diff</c>: what changed in the keyed state between two checkpoints.</summary>
internal static class DiffCommand
{
    private const string SavepointPrefix = "savepoint:";
    private const int DefaultLimit = 100;

    private static readonly Argument<string> From = new("A") { Description = "A committed checkpoint's number, 'newest', or savepoint:NAME." };
    private static readonly Argument<string> To = new("B") { Description = "The one to compare it with, written in the same way." };

    public static Command Create(CommandFactory factory)
    {
        var operatorName = new Option<string?>("--operator") { Description = "Only this operator.", HelpName = "NAME" };
        var keys = new Option<bool>("--keys") { Description = "Lists the keys that differ." };
        Option<int?> limit = Limits.Create($"With --keys, at most so many keys a table. Default: {DefaultLimit}.");
        return factory.Create(
            "diff", "Entries added, removed and changed from A to B, by operator and table.", [From, To, operatorName, keys, limit],
            async (request, parsed, cancellationToken) =>
            {
                string job = await JobChoice.FindAsync(request, cancellationToken);
                Selected from = await OpenAsync(request.Store, job, From, parsed, cancellationToken);
                Selected to = await OpenAsync(request.Store, job, To, parsed, cancellationToken);
                int most = parsed.GetValue(keys) ? parsed.GetValue(limit) ?? DefaultLimit : 0;
                List<TableDiff> tables = await DiffAsync(request, from, to, parsed.GetValue(operatorName), most, cancellationToken);
                var answer = new DiffAnswer(request.Store.Description, job, Describe(from), Describe(to), tables);
                if (request.IsJson)
                    await request.Output.WriteJsonAsync(answer, cancellationToken);
                else
                    Write(request.Output, answer, from, to, most);
                return ExitCodes.Fine;
            });
    }

    private static Task<Selected> OpenAsync(ICheckpointStore store, string job, Argument<string> argument, ParseResult parsed, CancellationToken cancellationToken)
    {
        string value = parsed.GetRequiredValue(argument);
        return value.StartsWith(SavepointPrefix, StringComparison.Ordinal)
            ? Savepoints.OpenAsync(store, job, argument.Name, value[SavepointPrefix.Length..], cancellationToken)
            : CheckpointChoice.OpenCheckpointAsync(store, job, argument.Name, value, cancellationToken);
    }

    private static async Task<List<TableDiff>> DiffAsync(
        Request request, Selected from, Selected to, string? operatorName, int most, CancellationToken cancellationToken)
    {
        CheckpointReader left = await CheckpointReader.OpenAsync(request.Store, from.Reference, cancellationToken);
        CheckpointReader right = await CheckpointReader.OpenAsync(request.Store, to.Reference, cancellationToken);
        List<(string Operator, string Name)> tables =
        [
            .. left.Tables.Concat(right.Tables).Select(table => (table.Operator, table.Name)).Distinct()
                .OrderBy(table => table.Operator, StringComparer.Ordinal).ThenBy(table => table.Name, StringComparer.Ordinal),
        ];
        if (operatorName is not null && !tables.Exists(table => table.Operator == operatorName))
            throw new UsageException($"--operator is '{operatorName}', and neither checkpoint has state by key of such an operator; name one of {Show.Names(tables.Select(table => table.Operator).Distinct())}.");
        var diffs = new List<TableDiff>();
        foreach ((string op, string name) in tables.Where(table => operatorName is null || table.Operator == operatorName))
        {
            request.Output.Progress($"{op} {name}");
            diffs.Add(await TableComparison.RunAsync(left, right, op, name, most, cancellationToken));
        }

        request.Output.EndProgress();
        return diffs;
    }

    private static DiffSide Describe(Selected selected) => new(selected.Manifest.Checkpoint, selected.Savepoint, selected.Manifest.CreatedAt);

    private static void Write(ToolOutput output, DiffAnswer answer, Selected from, Selected to, int most)
    {
        output.WriteLine($"From {from.Title}, {Show.Time(from.Manifest.CreatedAt)}");
        output.WriteLine($"to {to.Title}, {Show.Time(to.Manifest.CreatedAt)}");
        Table table = Tables.Of("operator", "table", "#added", "#removed", "#changed", "#unchanged", "");
        foreach (TableDiff diff in answer.Tables)
            table.Row(diff.Operator, diff.Table, Show.Number(diff.Added), Show.Number(diff.Removed), Show.Number(diff.Changed), Show.Number(diff.Unchanged), diff.SchemaChanged ? "schema changed" : "");
        output.Write(table);
        foreach (TableDiff diff in answer.Tables.Where(diff => diff.Keys.Count > 0))
        {
            output.WriteLine($"{diff.Operator} {diff.Table}");
            foreach (DiffKey key in diff.Keys)
            {
                string scope = QueryCommand.ScopeOf(new AnsweredEntry(diff.Table, key.KeyGroup, key.Key, key.Scope, key.ScopeTime, new Dictionary<string, EncodedValue>()));
                output.WriteLine($"  {key.Change.ToString().ToLowerInvariant(),-8}{ValueJson.ToText(key.Key)}{(scope.Length == 0 ? "" : $"  {scope}")}");
            }

            if (diff.Truncated)
                output.WriteLine($"  ... --limit is {most}; raise it for the rest.");
        }
    }
}

/// <summary>What <c>checkpoints diff</c> answers.</summary>
internal sealed record DiffAnswer(string Store, string Job, DiffSide From, DiffSide To, IReadOnlyList<TableDiff> Tables);

/// <summary>One of the two that were compared.</summary>
internal sealed record DiffSide(long Checkpoint, string? Savepoint, DateTimeOffset CreatedAt);
