namespace Gristmill.Samples.KafkaCounts;

/// <summary>What the command line says.</summary>
/// <param name="Bootstrap">The brokers.</param>
/// <param name="In">The topic to read.</param>
/// <param name="Out">The topic to write.</param>
/// <param name="Group">The consumer group that is told how far the job is, and what the sink's transactional id begins with.</param>
/// <param name="Checkpoints">The folder of the checkpoints.</param>
/// <param name="Interval">From one checkpoint to the next, and so from one transaction to the next.</param>
/// <param name="Parallelism">Subtasks of each operator.</param>
/// <param name="UntilEnd">Whether to stop when all is counted that was there at the start.</param>
internal sealed record Settings(
    string Bootstrap, string In, string Out, string Group, string Checkpoints, TimeSpan Interval, int Parallelism, bool UntilEnd);
