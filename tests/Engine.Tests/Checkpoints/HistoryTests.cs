using System.Text;
using Gristmill.Checkpoints;

using Gristmill.Protocol;

namespace Gristmill.Engine.Tests.Checkpoints;

public sealed class HistoryTests
{
    private const string Name = "job/history.jsonl";

    private readonly MemoryCheckpointStore _store = new();

    [Fact]
    public async Task Attempts_are_read_as_written_oldest_first()
    {
        for (var n = 1; n <= 3; n++)
            await CheckpointHistory.AppendAsync(_store, Attempt(n));
        var page = await CheckpointHistory.ReadAsync(_store, "job");
        Assert.Equivalent(new[] { Attempt(1), Attempt(2), Attempt(3) }, page.Attempts, strict: true);
        Assert.Equal(0, page.Unreadable);
        Assert.False(page.Truncated);
    }

    [Fact]
    public async Task A_job_without_history_has_an_empty_one() =>
        Assert.Empty((await CheckpointHistory.ReadAsync(_store, "job")).Attempts);

    [Fact]
    public async Task An_attempt_is_one_line_whatever_its_reason_says()
    {
        await CheckpointHistory.AppendAsync(_store, Attempt(1) with { Reason = "a\nb\r\n\"c\"" });
        var text = Encoding.UTF8.GetString(await Samples.BytesAsync(_store, Name));
        Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
        Assert.Equal("a\nb\r\n\"c\"", (await CheckpointHistory.ReadAsync(_store, "job")).Attempts.Single().Reason);
    }

    [Fact]
    public async Task A_last_line_torn_anywhere_is_left_out_and_the_rest_is_read()
    {
        await CheckpointHistory.AppendAsync(_store, Attempt(1));
        var first = (await _store.GetLengthAsync(Name))!.Value;
        await CheckpointHistory.AppendAsync(_store, Attempt(2));
        var bytes = await Samples.BytesAsync(_store, Name);
        // The last byte of the line is its end; without it the line is still whole.
        for (var length = (int)first; length < bytes.Length - 1; length++)
        {
            await Samples.ReplaceAsync(_store, Name, bytes.AsMemory(0, length));
            var page = await CheckpointHistory.ReadAsync(_store, "job");
            Assert.Equal([1], page.Attempts.Select(a => a.Checkpoint));
            Assert.Equal(length == first ? 0 : 1, page.Unreadable);
        }
    }

    [Fact]
    public async Task The_end_of_a_long_history_can_be_read_alone()
    {
        for (var n = 1; n <= 100; n++)
            await CheckpointHistory.AppendAsync(_store, Attempt(n));
        var page = await CheckpointHistory.ReadAsync(_store, "job", maxBytes: 5000);
        Assert.True(page.Truncated);
        Assert.Equal(0, page.Unreadable);
        Assert.NotEmpty(page.Attempts);
        Assert.Equal(Enumerable.Range(101 - page.Attempts.Count, page.Attempts.Count).Select(n => (long)n), page.Attempts.Select(a => a.Checkpoint));
    }

    private static CheckpointAttempt Attempt(long checkpoint) => new()
    {
        Job = "job",
        Checkpoint = checkpoint,
        Generation = 3,
        Kind = CheckpointKind.Periodic,
        Outcome = CheckpointOutcome.Failed,
        Reason = "ü",
        StartedAt = new DateTimeOffset(2025, 1, 1, 12, 0, 0, TimeSpan.Zero),
        DurationMs = 12.5,
        Bytes = 1 << 20,
        MaxPauseMs = 0.25,
        SlowestSubtask = "delays#3",
        SlowestMs = 11,
        AlignmentMs = 2,
        PerSubtask = [new() { Operator = "delays", Subtask = 3, Bytes = 7, PauseMs = 1, AlignMs = 2, SnapshotMs = 3, AckMs = 4 }],
    };
}
