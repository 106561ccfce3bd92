namespace Gristmill.Checkpoints;

/// <summary>A checkpoint as copied.</summary>
/// <param name="Checkpoint">Its number.</param>
/// <param name="Bytes">The bytes this call copied.</param>
/// <param name="WasThere">Whether the second store's head named it already.</param>
public sealed record CheckpointCopy(long Checkpoint, long Bytes, bool WasThere);

/// <summary>How the copying of a job's checkpoints fares in this process.</summary>
/// <param name="Copied">Checkpoints copied.</param>
/// <param name="LastCheckpoint">The newest one that is complete in the second store; null if none is known to be. The difference to the job's last checkpoint is the lag.</param>
/// <param name="LastCopiedAt">When it was, by the host's clock; null if none was copied in this process.</param>
/// <param name="Bytes">Bytes copied.</param>
/// <param name="Failures">Copies that failed.</param>
/// <param name="LastError">Why the newest copy failed; null once one succeeds.</param>
public sealed record CheckpointCopyStatus(long Copied, long? LastCheckpoint, DateTimeOffset? LastCopiedAt, long Bytes, long Failures, string? LastError);
