using System.CommandLine;
using System.Globalization;
using Gristmill.Cli.Selection;
using Gristmill.Cli.Values;
using Spectre.Console;

namespace Gristmill.Cli.State;

/// <summary><c>state dump</c>: all an operator keeps.</summary>
internal static class DumpCommand
{
    /// <summary>Rows of a table, which is held whole; JSON is written as it is read and needs no bound.</summary>
    private const int MostRows = 1_000;

    /// <summary>The longest cell of a table.</summary>
    private const int LongestCell = 200;

    public static Command Create(CommandFactory factory)
    {
        var choice = new CheckpointChoice();
        var operatorName = new Option<string>("--operator") { Description = "The operator.", HelpName = "NAME", Required = true };
        var key = new Option<string?>("--key") { Description = "Only this key, written as for 'state query'.", HelpName = "K" };
        var table = new Option<string?>("--table") { Description = "Only this table: state, panes, event-timers or processing-timers.", HelpName = "NAME" };
        Option<int?> limit = Limits.Create($"At most so many entries. Default: {MostRows}, with --json all.");
        return factory.Create(
            "dump", "All keys of an operator with their states, windows and timers.", [operatorName, key, table, limit, .. choice.All],
            async (request, parsed, cancellationToken) =>
            {
                Selected selected = await choice.OpenAsync(request, parsed, cancellationToken);
                string name = parsed.GetRequiredValue(operatorName);
                StateEntries state = await StateEntries.OpenAsync(request.Store, selected, name, parsed.GetValue(table), cancellationToken);
                int most = parsed.GetValue(limit) ?? (request.IsJson ? int.MaxValue : MostRows);
                IAsyncEnumerable<AnsweredEntry> entries = state.ReadAsync(parsed.GetValue(key), cancellationToken).Take(most);
                if (request.IsJson)
                {
                    await request.Output.WriteJsonAsync(
                        new DumpAnswer(request.Store.Description, selected.Job, selected.Manifest.Checkpoint, selected.Savepoint, name, entries), cancellationToken);
                }
                else
                {
                    await WriteAsync(request.Output, $"{name} of {selected.Title}, taken {Show.Time(selected.Manifest.CreatedAt)}", entries, most);
                }

                return ExitCodes.Fine;
            });
    }

    private static async Task WriteAsync(ToolOutput output, string title, IAsyncEnumerable<AnsweredEntry> entries, int most)
    {
        Table table = Tables.Of("table", "#key group", "key", "window or timer", "state");
        int rows = 0;
        await foreach (AnsweredEntry entry in entries)
        {
            string states = string.Join("  ", entry.States.Select(state => $"{state.Key}: {ValueJson.ToText(state.Value)}"));
            table.Row(entry.Table, entry.KeyGroup.ToString(CultureInfo.InvariantCulture), Cut(ValueJson.ToText(entry.Key)), QueryCommand.ScopeOf(entry), Cut(states));
            rows++;
        }

        output.WriteLine(title);
        if (rows > 0)
            output.Write(table);
        output.WriteLine(rows == most ? $"{Show.Count(rows, "entry or more", "entries or more")}; --limit shows more." : Show.Count(rows, "entry", "entries"));
    }

    private static string Cut(string text) => text.Length <= LongestCell ? text : string.Concat(text.AsSpan(0, LongestCell), "...");
}

/// <summary>What <c>state dump</c> answers; the entries are written as they are read.</summary>
internal sealed record DumpAnswer(
    string Store, string Job, long Checkpoint, string? Savepoint, string Operator, IAsyncEnumerable<AnsweredEntry> Entries);
