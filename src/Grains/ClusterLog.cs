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

    [LoggerMessage(209, LogLevel.Warning, "Job {Job}: the reminder that wakes it could not be set or removed, which is tried again: {Error}")]
    public static partial void ReminderFailed(ILogger logger, string job, string error);

    [LoggerMessage(210, LogLevel.Warning, "Job {Job}: a silo could not look after it, and tries again: {Error}")]
    public static partial void NotLookedAfter(ILogger logger, string job, string error);

    [LoggerMessage(211, LogLevel.Warning, "Job {Job}: old subscriptions to epochs on stream provider '{Provider}' could not be cleared: {Error}")]
    public static partial void EpochsNotCleared(ILogger logger, string job, string provider, string error);

    [LoggerMessage(212, LogLevel.Warning, "Job {Job}: silo {Silo} is left out: {Why}")]
    public static partial void LeftOut(ILogger logger, string job, string silo, string why);

    [LoggerMessage(213, LogLevel.Information, "Job {Job}: its coordinator leaves for silo {Silo}")]
    public static partial void CoordinatorLeaves(ILogger logger, string job, string silo);

    [LoggerMessage(214, LogLevel.Warning, "Job {Job}: checkpoints are kept in {Store}, which is not known to be shared. On a cluster all silos must see the same store; each subtask checks that. Say that a folder is shared by Checkpoints.Store = new FileCheckpointStore(folder, shared: true)")]
    public static partial void NotShared(ILogger logger, string job, string store);

    [LoggerMessage(215, LogLevel.Warning, "Job {Job}: another coordinator has taken generation {Newer}; this one, of generation {Generation}, leaves it to that one")]
    public static partial void StepsAside(ILogger logger, string job, long newer, long generation);

    [LoggerMessage(216, LogLevel.Error, "Job {Job} has stopped, but savepoint '{Savepoint}' could not be written: {Error} Its last checkpoint has the same; ask for the savepoint again")]
    public static partial void NoSavepoint(ILogger logger, string job, string savepoint, string error);

    [LoggerMessage(217, LogLevel.Warning, "Store {Store} has ONE copy, in the memory of {Silo}: the loss of that silo loses all checkpoints. It gets a second one when there is another silo")]
    public static partial void OneCopy(ILogger logger, string store, string silo);

    [LoggerMessage(218, LogLevel.Information, "Store {Store}: from epoch {Epoch} on it is in the memory of {Silos}")]
    public static partial void ReplicasChosen(ILogger logger, string store, long epoch, string silos);

    [LoggerMessage(219, LogLevel.Error, "Store {Store} can't be used: {Error}")]
    public static partial void NoReplicas(ILogger logger, string store, string error);

    [LoggerMessage(220, LogLevel.Warning, "Store {Store}: grain storage does not know who holds it, but {Silo} does, and it goes on from there. Storage that outlives a silo would know")]
    public static partial void ReplicasFound(ILogger logger, string store, string silo);

    [LoggerMessage(221, LogLevel.Warning, "Store {Store}: {Silo} does not answer ({Call}): {Error}")]
    public static partial void ReplicaSilent(ILogger logger, string store, string silo, string call, string error);

    [LoggerMessage(222, LogLevel.Warning, "Store {Store}: whether it is held twice could not be seen to, which is tried again: {Error}")]
    public static partial void ReplicasNotLookedAfter(ILogger logger, string store, string error);
}
