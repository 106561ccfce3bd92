namespace Gristmill.Checkpoints;

/// <summary>What a <see cref="LocalCopyStore"/> holds and has done since it was opened.</summary>
/// <param name="Copies">How many objects have a copy.</param>
/// <param name="Bytes">Their bytes, and those of copies being written.</param>
/// <param name="LocalReads">Reads that came from a copy.</param>
/// <param name="RemoteReads">Reads that came from the store.</param>
/// <param name="Failures">Copies that could not be written or read.</param>
/// <param name="Damaged">Copies that were dropped because a reader found them damaged.</param>
/// <param name="LastError">The newest failure; null if there was none.</param>
public sealed record LocalCopyStatus(int Copies, long Bytes, long LocalReads, long RemoteReads, long Failures, long Damaged, string? LastError);
