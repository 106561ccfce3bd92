namespace Gristmill.Checkpoints;

/// <summary>Something wrong with a checkpoint, as <see cref="CheckpointVerifier"/> found it.</summary>
/// <param name="File">The object.</param>
/// <param name="Offset">Where in it.</param>
/// <param name="Block">The block concerned.</param>
/// <param name="Problem">What is wrong, in a sentence.</param>
public sealed record CheckpointFault(string File, long Offset, BlockInfo? Block, string Problem);
