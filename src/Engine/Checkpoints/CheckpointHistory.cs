using System.Text;
using System.Text.Json;
using Gristmill.Checkpoints.Internal;

namespace Gristmill.Checkpoints;

/// <summary>The durable history of a job's checkpoints: who was slow, how much, why.</summary>
public static class CheckpointHistory
{
    /// <summary>Appends an attempt; durable on return.</summary>
    public static ValueTask AppendAsync(ICheckpointStore store, CheckpointAttempt attempt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(attempt);
        var line = JsonSerializer.Serialize(attempt, CheckpointJson.Line.CheckpointAttempt);
        return store.AppendLineAsync(CheckpointLayout.History(attempt.Job), line, cancellationToken);
    }

    /// <summary>Reads the newest attempts, oldest of them first; empty when the job has no history.</summary>
    /// <param name="store">The store.</param>
    /// <param name="job">The job.</param>
    /// <param name="maxBytes">How much of the end of the history to read. Default 4 MiB, at least 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask<HistoryPage> ReadAsync(ICheckpointStore store, string job, int maxBytes = 4 << 20, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        var name = CheckpointLayout.History(job);
        if (await store.GetLengthAsync(name, cancellationToken) is not { } length)
            return new HistoryPage([], 0, false);
        var from = Math.Max(0, length - maxBytes);
        var bytes = new byte[length - from];
        var read = await store.ReadAsync(name, from, bytes, cancellationToken);
        return Parse(bytes.AsSpan(0, read), cut: from > 0);
    }

    private static HistoryPage Parse(ReadOnlySpan<byte> bytes, bool cut)
    {
        var attempts = new List<CheckpointAttempt>();
        var unreadable = 0;
        // The line the cut goes through is neither an attempt nor damage.
        var skip = cut;
        foreach (var range in bytes.Split((byte)'\n'))
        {
            var line = bytes[range];
            if (skip || line.IsEmpty)
                skip = false;
            else if (TryParse(line) is { } attempt)
                attempts.Add(attempt);
            else
                unreadable++;
        }
        return new HistoryPage(attempts, unreadable, cut);
    }

    private static CheckpointAttempt? TryParse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, CheckpointJson.Line.CheckpointAttempt);
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException)
        {
            // A line torn by a crash; the history is for people and goes on without it.
            return null;
        }
    }
}
