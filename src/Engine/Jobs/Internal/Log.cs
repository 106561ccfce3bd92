using Microsoft.Extensions.Logging;

namespace Gristmill.Jobs;

/// <summary>What a job says in the log. Event ids are stable.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Job {Job} starts anew as generation {Generation}: {Subtasks} subtasks; checkpoints in {Store}")]
    public static partial void StartsAnew(ILogger logger, string job, long generation, int subtasks, string store);

    [LoggerMessage(2, LogLevel.Information, "Job {Job} goes on from checkpoint {Checkpoint} as generation {Generation}: {Subtasks} subtasks, restored in {Milliseconds:F0} ms from {Store}")]
    public static partial void GoesOn(ILogger logger, string job, long checkpoint, long generation, int subtasks, double milliseconds, string store);

    [LoggerMessage(3, LogLevel.Information, "Job {Job}: checkpoint {Checkpoint} complete in {Milliseconds:F0} ms: {Bytes} bytes, longest pause {PauseMs:F1} ms, slowest subtask {Slowest} after {SlowestMs:F0} ms")]
    public static partial void CheckpointComplete(ILogger logger, string job, long checkpoint, double milliseconds, long bytes, double pauseMs, string? slowest, double slowestMs);

    [LoggerMessage(4, LogLevel.Warning, "Job {Job}: checkpoint {Checkpoint} aborted ({Reason}): {Detail}")]
    public static partial void CheckpointAborted(ILogger logger, string job, long checkpoint, string reason, string detail);

    [LoggerMessage(5, LogLevel.Error, "Job {Job}, generation {Generation} failed: {Detail}")]
    public static partial void Failed(ILogger logger, Exception? error, string job, long generation, string detail);

    [LoggerMessage(6, LogLevel.Information, "Job {Job} restarts from its newest checkpoint in {Milliseconds} ms (attempt {Attempt})")]
    public static partial void Restarts(ILogger logger, string job, long milliseconds, int attempt);

    [LoggerMessage(7, LogLevel.Critical, "Job {Job}: checkpoint {Checkpoint} is damaged and is skipped: {Detail}")]
    public static partial void CheckpointDamaged(ILogger logger, string job, long checkpoint, string detail);

    [LoggerMessage(8, LogLevel.Critical, "Job {Job} falls back to checkpoint {Checkpoint}. The output of checkpoints {Visible} is visible already and will be published a second time")]
    public static partial void FallsBack(ILogger logger, string job, long checkpoint, string visible);

    [LoggerMessage(9, LogLevel.Information, "Job {Job} is complete: all input is read and all output published")]
    public static partial void Complete(ILogger logger, string job);

    [LoggerMessage(10, LogLevel.Information, "Job {Job} was complete already; nothing to do")]
    public static partial void WasComplete(ILogger logger, string job);

    [LoggerMessage(11, LogLevel.Information, "Job {Job} stopped at {Checkpoint}")]
    public static partial void Stopped(ILogger logger, string job, string checkpoint);

    [LoggerMessage(12, LogLevel.Information, "Job {Job} was cancelled")]
    public static partial void Cancelled(ILogger logger, string job);

    [LoggerMessage(13, LogLevel.Error, "Job {Job}, generation {Generation}: another process has taken the job over; this one stops")]
    public static partial void Fenced(ILogger logger, string job, long generation);

    [LoggerMessage(14, LogLevel.Warning, "Job {Job}: {Warning}")]
    public static partial void Warning(ILogger logger, string job, string warning);

    [LoggerMessage(15, LogLevel.Debug, "Job {Job}: collected {Count} objects no kept checkpoint needs")]
    public static partial void Collected(ILogger logger, string job, int count);

    [LoggerMessage(16, LogLevel.Warning, "Job {Job}: checkpoints could not be collected: {Detail}")]
    public static partial void CollectFailed(ILogger logger, string job, string detail);

    [LoggerMessage(30, LogLevel.Warning, "Job {Job}: the manifest of retained checkpoint {Checkpoint} can't be read, so nothing up to that checkpoint is collected: {Detail}")]
    public static partial void CollectsLess(ILogger logger, string job, long checkpoint, string detail);

    [LoggerMessage(17, LogLevel.Warning, "Job {Job}: the history could not be written: {Detail}")]
    public static partial void HistoryFailed(ILogger logger, string job, string detail);

    [LoggerMessage(18, LogLevel.Warning, "Job {Job}: checkpoint {Checkpoint} could not be read and is tried again in {Milliseconds} ms: {Detail}")]
    public static partial void CheckpointUnreadable(ILogger logger, string job, long checkpoint, long milliseconds, string detail);

    [LoggerMessage(19, LogLevel.Warning, "Job {Job}: closing generation {Generation}: {Detail}")]
    public static partial void CloseFailed(ILogger logger, string job, long generation, string detail);

    [LoggerMessage(21, LogLevel.Information, "Job {Job} begins from savepoint '{Savepoint}' of job {Of} in {Store}, as checkpoint {Checkpoint}")]
    public static partial void BeginsFromSavepoint(ILogger logger, string job, string savepoint, string of, string store, long checkpoint);

    [LoggerMessage(22, LogLevel.Information, "Job {Job}: {What} is prepared while the job goes on; it was {From}")]
    public static partial void RescalePrepares(ILogger logger, string job, string what, int from);

    [LoggerMessage(23, LogLevel.Information, "Job {Job} has {What} now, before {From}: no record was read for {StoppedMs:F0} ms (last checkpoint {CheckpointMs:F0} ms, closing {ClosingMs:F0} ms, restoring {RestoringMs:F0} ms), prepared in {PreparationMs:F0} ms")]
    public static partial void Rescaled(ILogger logger, string job, string what, int from, double stoppedMs, double checkpointMs, double closingMs, double restoringMs, double preparationMs);

    [LoggerMessage(24, LogLevel.Warning, "Job {Job}: {What} will not be, the parallelism stays as it was: {Why}")]
    public static partial void RescaleFailed(ILogger logger, Exception? error, string job, string what, string why);

    [LoggerMessage(20, LogLevel.Information, "Job {Job} leaves generation {Generation} for a new one from its newest checkpoint: {Why}")]
    public static partial void Moves(ILogger logger, string job, long generation, string why);
}
