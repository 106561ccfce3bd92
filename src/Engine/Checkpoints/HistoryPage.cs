namespace Gristmill.Checkpoints;

/// <summary>The newest part of a history.</summary>
/// <param name="Attempts">The attempts, oldest first.</param>
/// <param name="Unreadable">How many lines were torn or damaged and are left out.</param>
/// <param name="Truncated">Whether there are older attempts than these.</param>
public sealed record HistoryPage(IReadOnlyList<CheckpointAttempt> Attempts, int Unreadable, bool Truncated);
