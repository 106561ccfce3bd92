using System.CommandLine;
using System.Globalization;
using Gristmill.Checkpoints;
using Gristmill.Cli.Selection;
using Gristmill.Cli.Values;

namespace Gristmill.Cli.State;

/// <summary><c>state query</c>: all a checkpoint knows of one key.</summary>
internal static class QueryCommand
{
    public static Command Create(CommandFactory factory)
    {
        var choice = new CheckpointChoice();
        var operatorName = new Option<string>("--operator") { Description = "The operator.", HelpName = "NAME", Required = true };
        var key = new Option<string>("--key")
        {
            Description = "The key: a plain value (7, Lyon, 2026-03-31), or JSON for records and tuples ({\"Airport\":\"JFK\",\"Day\":3} or [\"JFK\",3]).",
            HelpName = "K",
            Required = true,
        };
        return factory.Create(
            "query", "The states, windows and timers of one key.", [operatorName, key, .. choice.All],
            async (request, parsed, cancellationToken) =>
            {
                Selected selected = await choice.OpenAsync(request, parsed, cancellationToken);
                StateEntries state = await StateEntries.OpenAsync(request.Store, selected, parsed.GetRequiredValue(operatorName), null, cancellationToken);
                var entries = new List<AnsweredEntry>();
                await foreach (AnsweredEntry entry in state.ReadAsync(parsed.GetRequiredValue(key), cancellationToken))
                    entries.Add(entry);
                var answer = new QueryAnswer(
                    request.Store.Description, selected.Job, selected.Manifest.Checkpoint, selected.Savepoint,
                    parsed.GetRequiredValue(operatorName), parsed.GetRequiredValue(key), entries.Count > 0,
                    [.. entries.OrderBy(entry => entry.Table, StringComparer.Ordinal).ThenBy(entry => entry.Scope)]);
                if (request.IsJson)
                    await request.Output.WriteJsonAsync(answer, cancellationToken);
                else
                    Write(request.Output, answer, selected);
                return ExitCodes.Fine;
            });
    }

    /// <summary>What an entry's scope is called and says; empty where it has none.</summary>
    public static string ScopeOf(AnsweredEntry entry)
    {
        if (entry.Scope is not { } scope)
            return "";
        string time = entry.ScopeTime?.ToString("yyyy-MM-dd HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture) ?? $"{scope} ms";
        return entry.Table == StateTables.Panes ? $"window from {time}" : $"due {time}";
    }

    private static void Write(ToolOutput output, QueryAnswer answer, Selected selected)
    {
        output.WriteLine($"{answer.Operator} of {selected.Title}, taken {Show.Time(selected.Manifest.CreatedAt)}");
        if (!answer.Found)
        {
            output.WriteLine($"Nothing is kept for the key {answer.Key}.");
            return;
        }

        foreach (AnsweredEntry entry in answer.Entries)
        {
            string scope = ScopeOf(entry);
            output.WriteLine($"{ValueJson.ToText(entry.Key)} in {entry.Table}{(scope.Length == 0 ? "" : $", {scope}")} (key group {entry.KeyGroup})");
            foreach ((string name, EncodedValue value) in entry.States)
                output.WriteLine($"  {name}: {ValueJson.ToText(value)}");
        }
    }
}

/// <summary>What <c>state query</c> answers.</summary>
internal sealed record QueryAnswer(
    string Store, string Job, long Checkpoint, string? Savepoint, string Operator, string Key, bool Found, IReadOnlyList<AnsweredEntry> Entries);
