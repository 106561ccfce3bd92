using Microsoft.Extensions.Logging;

namespace Gristmill.Hosting;

/// <summary>What the host says of its jobs in the log. Event ids are stable, from 100 up.</summary>
internal static partial class HostLog
{
    [LoggerMessage(100, LogLevel.Error, "Job {Job} could not be made")]
    public static partial void CouldNotMake(ILogger logger, Exception error, string job);

    [LoggerMessage(101, LogLevel.Critical, "Job {Job} has ended as {State}: {Error} The host stops (HostFailure is StopHost)")]
    public static partial void StopsHost(ILogger logger, string job, JobState state, string error);

    [LoggerMessage(102, LogLevel.Critical, "Job {Job} has ended as {State}: {Error} The host goes on without it (HostFailure is Ignore)")]
    public static partial void GoesOnWithout(ILogger logger, string job, JobState state, string error);

    [LoggerMessage(103, LogLevel.Warning, "Job {Job} did not reach its last checkpoint within the host's shutdown timeout and is cancelled; started again, it goes on from the checkpoint before")]
    public static partial void CancelledAtStop(ILogger logger, string job);
}
