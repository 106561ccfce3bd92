using System.CommandLine;
using System.Globalization;
using Gristmill.Checkpoints;
using Gristmill.Cli.Selection;
using Gristmill.Protocol;
using Spectre.Console;

namespace Gristmill.Cli.History;

/// <summary><c>history</c>: which operator made a checkpoint slow, and why.</summary>
internal static class HistoryCommand
{
    private const int DefaultLast = 20;

    // The whole history of any job but the oldest: some 100,000 attempts.
    private const int MostBytes = 64 << 20;

    public static Command Create(CommandFactory factory)
    {
        var checkpoint = new Option<long?>("--checkpoint")
        {
            Description = "Explains the attempts at this checkpoint in words.",
            HelpName = "N",
            CustomParser = argument =>
            {
                string text = argument.Tokens[0].Value;
                if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
                    return number;
                argument.AddError($"--checkpoint is '{text}'; it must be a checkpoint's number.");
                return null;
            },
        };
        Option<int?> last = Limits.Create($"The newest so many attempts. Default: {DefaultLast}.", "--last");
        return factory.Create(
            "history", "Which operator made a checkpoint slow and why, from the history of all attempts.", [checkpoint, last],
            async (request, parsed, cancellationToken) =>
            {
                string job = await JobChoice.FindAsync(request, cancellationToken);
                HistoryPage page = await CheckpointHistory.ReadAsync(request.Store, job, MostBytes, cancellationToken);
                List<CheckpointAttempt> attempts = parsed.GetValue(checkpoint) is { } number
                    ? Require(page, job, number)
                    : [.. page.Attempts.TakeLast(parsed.GetValue(last) ?? DefaultLast)];
                if (request.IsJson)
                {
                    await request.Output.WriteJsonAsync(
                        new HistoryAnswer(request.Store.Description, job, [.. attempts.Select(Describe)], page.Unreadable, page.Attempts.Count > attempts.Count || page.Truncated), cancellationToken);
                }
                else if (parsed.GetValue(checkpoint) is null)
                {
                    Write(request.Output, job, attempts, page);
                }
                else
                {
                    Explain(request.Output, attempts);
                }

                return ExitCodes.Fine;
            });
    }

    private static List<CheckpointAttempt> Require(HistoryPage page, string job, long number)
    {
        List<CheckpointAttempt> found = [.. page.Attempts.Where(attempt => attempt.Checkpoint == number)];
        if (found.Count > 0)
            return found;
        string known = page.Attempts.Count == 0 ? "it has none" : $"it has those of {page.Attempts.Min(attempt => attempt.Checkpoint)} to {page.Attempts.Max(attempt => attempt.Checkpoint)}";
        throw new UsageException($"--checkpoint is {number}, and the history of job '{job}' has no attempt at it; {known}.");
    }

    private static AnsweredAttempt Describe(CheckpointAttempt attempt)
    {
        Breakdown parts = Breakdown.Of(attempt);
        return new AnsweredAttempt(
            attempt.Checkpoint, attempt.Generation, attempt.Kind, attempt.Outcome, attempt.Reason, attempt.StartedAt, attempt.DurationMs, attempt.Bytes,
            attempt.SlowestSubtask, attempt.SlowestMs, attempt.AlignmentMs, attempt.MaxPauseMs, LongestSnapshot(attempt), parts.BarrierMs, parts.AlignMs, parts.SnapshotMs, parts.StoreMs,
            parts.Cause, attempt.PerSubtask, Explanation.Of(attempt));
    }

    private static double LongestSnapshot(CheckpointAttempt attempt) => attempt.PerSubtask.Select(subtask => subtask.SnapshotMs).DefaultIfEmpty().Max();

    private static void Write(ToolOutput output, string job, List<CheckpointAttempt> attempts, HistoryPage page)
    {
        Table table = Tables.Of("#checkpoint", "time", "outcome", "#duration ms", "#bytes", "slowest subtask", "#alignment ms", "#pause ms", "#snapshot ms", "most time in");
        foreach (CheckpointAttempt attempt in attempts)
        {
            table.Row(
                attempt.Checkpoint.ToString(CultureInfo.InvariantCulture), Show.Time(attempt.StartedAt), attempt.Outcome.ToString().ToLowerInvariant(), Show.Ms(attempt.DurationMs),
                Show.Bytes(attempt.Bytes), attempt.SlowestSubtask ?? "", Show.Ms(attempt.AlignmentMs), Show.Ms(attempt.MaxPauseMs), Show.Ms(LongestSnapshot(attempt)),
                Breakdown.Of(attempt).Cause.ToString().ToLowerInvariant());
        }

        output.WriteLine($"Job '{job}': the last {attempts.Count} of {(page.Truncated ? "more than " : "")}{Show.Count(page.Attempts.Count, "attempt")} at checkpoints");
        output.Write(table);
        if (page.Unreadable > 0)
            output.WriteLine($"{Show.Count(page.Unreadable, "line")} of the history can't be read, as a crash leaves them, and {(page.Unreadable == 1 ? "is" : "are")} left out.");
        output.WriteLine("Alignment, pause and snapshot are the longest of any subtask. 'history --checkpoint N' explains one.");
    }

    private static void Explain(ToolOutput output, List<CheckpointAttempt> attempts)
    {
        for (int i = 0; i < attempts.Count; i++)
        {
            if (i > 0)
                output.WriteLine();
            foreach (string line in Explanation.Of(attempts[i]))
                output.WriteLine(line);
        }
    }
}

/// <summary>What <c>history</c> answers.</summary>
internal sealed record HistoryAnswer(string Store, string Job, IReadOnlyList<AnsweredAttempt> Attempts, int Unreadable, bool Truncated);

/// <summary>
/// An attempt. Alignment, pause and snapshot are the longest of any subtask; those that begin with "slowest", with barrier and
/// store, are the parts of the duration along the slowest subtask, see <see cref="Breakdown"/>.
/// </summary>
internal sealed record AnsweredAttempt(
    long Checkpoint, long Generation, CheckpointKind Kind, CheckpointOutcome Outcome, string? Reason, DateTimeOffset StartedAt, double DurationMs, long Bytes,
    string? SlowestSubtask, double SlowestMs, double AlignmentMs, double PauseMs, double SnapshotMs,
    double BarrierMs, double SlowestAlignmentMs, double SlowestSnapshotMs, double StoreMs,
    SlowPart Cause, IReadOnlyList<SubtaskAttempt> Subtasks, IReadOnlyList<string> Explanation);
