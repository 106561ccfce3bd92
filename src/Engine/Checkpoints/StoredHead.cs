namespace Gristmill.Checkpoints;

/// <summary>The head of a job as the store holds it.</summary>
/// <param name="Version">1 for the first, one more each move; what <see cref="ICheckpointStore.TryMoveHeadAsync"/> expects.</param>
/// <param name="Content">What was stored, see <see cref="HeadContent"/>.</param>
public sealed record StoredHead(long Version, ReadOnlyMemory<byte> Content);
