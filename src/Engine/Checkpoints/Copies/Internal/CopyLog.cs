using Microsoft.Extensions.Logging;

namespace Gristmill.Checkpoints.Internal;

/// <summary>What copies say in the log. Event ids are stable, beside those of jobs.</summary>
internal static partial class CopyLog
{
    [LoggerMessage(40, LogLevel.Warning, "The local copy of {Object} failed and is dropped; its checkpoint is not affected: {Detail}")]
    public static partial void Failed(ILogger logger, string @object, string detail);

    [LoggerMessage(41, LogLevel.Warning, "The local copy of {Object} in {Folder} is damaged and is dropped; the object is read from the store")]
    public static partial void Damaged(ILogger logger, string @object, string folder);

    [LoggerMessage(42, LogLevel.Debug, "Job {Job}: checkpoint {Checkpoint} copied to {Store}: {Bytes} bytes")]
    public static partial void Copied(ILogger logger, string job, long checkpoint, string store, long bytes);

    [LoggerMessage(43, LogLevel.Warning, "Job {Job}: the newest checkpoint could not be copied to {Store} and is tried again after the next: {Detail}")]
    public static partial void CopyFailed(ILogger logger, string job, string store, string detail);

    [LoggerMessage(44, LogLevel.Warning, "Job {Job} ended before its newest checkpoint was copied to {Store}; started again it is copied first")]
    public static partial void CopyLagsAtEnd(ILogger logger, string job, string store);
}
