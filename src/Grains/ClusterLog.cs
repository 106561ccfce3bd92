using Microsoft.Extensions.Logging;

namespace Gristmill.Grains;

/// <summary>What the cluster host logs besides the engine's own lines.</summary>
internal static partial class ClusterLog
{
    [LoggerMessage(201, LogLevel.Warning, "Job {Job}: epochs can't be heard on stream provider '{Provider}' ({Error}); the coordinator's calls make up for it")]
    public static partial void NoEpochStream(ILogger logger, string job, string provider, string error);

    [LoggerMessage(202, LogLevel.Warning, "Job {Job}: subtask {Number} could not be closed in full: {Error}")]
    public static partial void CloseFailed(ILogger logger, string job, int number, string error);

    [LoggerMessage(203, LogLevel.Information, "Job {Job}: generation {Generation} is placed on {Placement}")]
    public static partial void Placed(ILogger logger, string job, long generation, string placement);

    [LoggerMessage(204, LogLevel.Information, "Job {Job}: coordinator is active on {Silo}; the job is wanted {Desired}")]
    public static partial void CoordinatorActive(ILogger logger, string job, string silo, string desired);

    [LoggerMessage(205, LogLevel.Information, "Job {Job}: silo {Silo} is about to go; a checkpoint is taken and the job moved first")]
    public static partial void Leaves(ILogger logger, string job, string silo);

    [LoggerMessage(206, LogLevel.Warning, "Job {Job}: no last checkpoint before the move: {Error}; what came after the newest one is replayed")]
    public static partial void NoLastCheckpoint(ILogger logger, string job, string error);

    [LoggerMessage(207, LogLevel.Warning, "Job {Job}: its wanted state could not be stored: {Error}")]
    public static partial void StateNotStored(ILogger logger, string job, string error);

    [LoggerMessage(208, LogLevel.Warning, "Job {Job} could not be started with the silo: {Error}")]
    public static partial void NotStarted(ILogger logger, string job, string error);
}
