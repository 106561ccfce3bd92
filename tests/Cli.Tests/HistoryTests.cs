using System.Text.Json;
using Gristmill.Checkpoints;
using Gristmill.Protocol;

namespace Gristmill.Cli.Tests;

/// <summary><c>history</c>.</summary>
public sealed class HistoryTests(TripsFixture trips)
{
    [Fact]
    public async Task A_jobs_attempts_are_listed_with_their_slowest_subtask()
    {
        JsonElement answer = await Tool.JsonAsync("history", "--store", trips.Folder);
        List<JsonElement> attempts = answer.Items("attempts");
        Assert.Equal([1L, 2, 3], attempts.Select(attempt => attempt.Number("checkpoint")));
        Assert.All(attempts, attempt =>
        {
            Assert.Equal("completed", attempt.Text("outcome"));
            Assert.Contains('#', attempt.Text("slowestSubtask")!);
            double parts = new[] { "barrierMs", "slowestAlignmentMs", "slowestSnapshotMs", "storeMs" }.Sum(name => attempt.GetProperty(name).GetDouble());
            Assert.True(parts >= attempt.GetProperty("durationMs").GetDouble() - 0.01);
        });
        JsonElement last = Assert.Single((await Tool.JsonAsync("history", "--store", trips.Folder, "--last", "1")).Items("attempts"));
        Assert.Equal(3, last.Number("checkpoint"));
        (await Tool.RunAsync("history", "--store", trips.Folder)).Says("Job 'trips': the last 3 of 3 attempts", "slowest subtask", "alignment ms", "pause ms", "snapshot ms", "completed");
    }

    [Theory]
    [InlineData(900, 20, 30, 50, "barrier", "before a barrier reached slow#1")]
    [InlineData(20, 900, 30, 50, "alignment", "slow#1 waited for its slowest input")]
    [InlineData(20, 30, 900, 50, "snapshot", "slow#1 wrote 2.0 MiB")]
    [InlineData(20, 30, 50, 900, "store", "into the store")]
    public async Task What_took_the_time_is_told_apart(int barrier, int align, int snapshot, int store, string cause, string words)
    {
        using var folder = new TempFolder();
        await AppendAsync(folder, Attempt(7, barrier, align, snapshot, store));
        await AppendAsync(folder, Attempt(8, 1, 1, 1, 1));
        Answer text = await Tool.RunAsync("history", "--store", folder.Path, "--checkpoint", "7");
        text.Says("Checkpoint 7 (periodic, generation 1)", "complete after 1,000 ms", "slowest subtask was slow#1", $"{barrier + align + snapshot} ms after the trigger", "stood still", words);
        JsonElement attempt = (await Tool.JsonAsync("history", "--store", folder.Path, "--checkpoint", "7")).Items("attempts").Single();
        Assert.Equal(cause, attempt.Text("cause"));
        Assert.Equal((barrier, align, snapshot, store), (Ms("barrierMs"), Ms("slowestAlignmentMs"), Ms("slowestSnapshotMs"), Ms("storeMs")));

        int Ms(string name) => (int)Math.Round(attempt.GetProperty(name).GetDouble());
    }

    [Fact]
    public async Task Attempts_that_came_to_nothing_are_explained_with_their_reason()
    {
        using var folder = new TempFolder();
        await AppendAsync(folder, Attempt(7, 10, 10, 10, 970) with { Outcome = CheckpointOutcome.Aborted, Reason = "TimedOut: No snapshot yet of stuck#0." });
        await AppendAsync(folder, Attempt(7, 1, 2, 3, 4) with { Generation = 2, PerSubtask = [], SlowestSubtask = null, Outcome = CheckpointOutcome.Failed, Reason = "ManifestFailed: disk full" });
        Answer text = await Tool.RunAsync("history", "--store", folder.Path, "--checkpoint", "7");
        text.Says("given up after 1,000 ms", "No snapshot yet of stuck#0", "the reason above says what was missing", "generation 2", "failed", "disk full", "No subtask was through");
        (await Tool.RunAsync("history", "--store", folder.Path)).Says("aborted", "missing", "failed", "unknown");
    }

    [Fact]
    public async Task A_torn_line_is_counted_and_an_unknown_checkpoint_refused()
    {
        using var folder = new TempFolder();
        await AppendAsync(folder, Attempt(7, 1, 1, 1, 1));
        await File.AppendAllTextAsync(Path.Combine(folder.Path, CheckpointLayout.History("job")), "{\"torn", TestContext.Current.CancellationToken);
        Assert.Equal(1, (await Tool.JsonAsync("history", "--store", folder.Path)).Number("unreadable"));
        (await Tool.RunAsync("history", "--store", folder.Path)).Says("1 line of the history can't be read");
        await Tool.FailsAsync(["history", "--store", folder.Path, "--checkpoint", "8"], "--checkpoint is 8", "7 to 7");
        await Tool.FailsAsync(["history", "--store", folder.Path, "--checkpoint", "x"], "--checkpoint is 'x'");
    }

    private static ValueTask AppendAsync(TempFolder folder, CheckpointAttempt attempt)
        => CheckpointHistory.AppendAsync(new FileCheckpointStore(folder.Path), attempt, TestContext.Current.CancellationToken);

    private static CheckpointAttempt Attempt(long checkpoint, int barrier, int align, int snapshot, int store) => new()
    {
        Job = "job",
        Checkpoint = checkpoint,
        Generation = 1,
        Kind = CheckpointKind.Periodic,
        Outcome = CheckpointOutcome.Completed,
        StartedAt = new DateTimeOffset(2026, 3, 31, 12, 0, 0, TimeSpan.Zero),
        DurationMs = barrier + align + snapshot + store,
        Bytes = 3 << 20,
        MaxPauseMs = 2,
        SlowestSubtask = "slow#1",
        SlowestMs = barrier + align + snapshot,
        AlignmentMs = align,
        PerSubtask =
        [
            new SubtaskAttempt { Operator = "quick", Subtask = 0, Bytes = 1 << 20, AckMs = 1, SnapshotMs = 1 },
            new SubtaskAttempt { Operator = "slow", Subtask = 1, Bytes = 2 << 20, PauseMs = 2, AlignMs = align, SnapshotMs = snapshot, AckMs = barrier + align + snapshot },
        ],
    };
}
