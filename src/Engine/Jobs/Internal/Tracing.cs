using System.Diagnostics;
using Gristmill.Checkpoints;

namespace Gristmill.Jobs;

/// <summary>
/// The activity source <c>Gristmill</c>. Spans are made when what they tell is over, with its own times: nothing is kept
/// while it lasts, and without a listener nothing is made.
/// </summary>
internal static class Tracing
{
    public const string SourceName = "Gristmill";

    private static readonly ActivitySource Source = new(SourceName, typeof(Tracing).Assembly.GetName().Version?.ToString(3));

    /// <summary>An attempt at a checkpoint, whatever became of it.</summary>
    public static void Checkpoint(CheckpointAttempt attempt)
    {
        using Activity? span = Begin("gristmill.checkpoint", attempt.StartedAt, attempt.StartedAt.AddMilliseconds(attempt.DurationMs));
        if (span is null)
            return;
        Tag(span, attempt.Job, attempt.Generation, attempt.Checkpoint);
        span.SetTag("gristmill.checkpoint.kind", attempt.Kind.ToString());
        span.SetTag("gristmill.checkpoint.bytes", attempt.Bytes);
        span.SetTag("gristmill.checkpoint.pause_ms", attempt.MaxPauseMs);
        span.SetTag("gristmill.checkpoint.slowest_subtask", attempt.SlowestSubtask);
        if (attempt.Outcome != CheckpointOutcome.Completed)
            span.SetStatus(ActivityStatusCode.Error, attempt.Reason);
    }

    /// <summary>The start of a generation from a checkpoint.</summary>
    public static void Restore(string job, long generation, long checkpoint, DateTimeOffset ended, double milliseconds)
    {
        using Activity? span = Begin("gristmill.restore", ended.AddMilliseconds(-milliseconds), ended);
        if (span is not null)
            Tag(span, job, generation, checkpoint);
    }

    private static Activity? Begin(string name, DateTimeOffset started, DateTimeOffset ended)
        => Source.HasListeners() ? Source.StartActivity(name, ActivityKind.Internal, default(ActivityContext), startTime: started)?.SetEndTime(ended.UtcDateTime) : null;

    private static void Tag(Activity span, string job, long generation, long checkpoint)
    {
        span.SetTag("gristmill.job", job);
        span.SetTag("gristmill.generation", generation);
        span.SetTag("gristmill.checkpoint", checkpoint);
    }
}
