namespace Gristmill.Kafka;

/// <summary>Options of the sinks that write to Kafka.</summary>
public sealed class KafkaWriteOptions
{
    /// <summary>
    /// What the broker knows an exactly-once sink by, over all its generations: a newer producer of the same id shuts the older out. Each
    /// sink needs its own, in the whole cluster. The group with the written epochs is called <c>{TransactionalId}.{lineage}</c>.
    /// Default: <c>gristmill.{job}.{operator}</c>; up to 200 characters. At least once: not used.
    /// </summary>
    public string? TransactionalId { get; set; }

    /// <summary>
    /// How long a transaction may take before the broker aborts it (it is then made again) and lets readers past. No transaction is open
    /// across a checkpoint, so no outage can be too long for it. Not above the broker's <c>transaction.max.timeout.ms</c>.
    /// Default: 60 s; from 1 s to 1 h.
    /// </summary>
    public TimeSpan TransactionTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>What happens when the broker has forgotten how far the sink was. Default: <see cref="WhenRecordLost.Fail"/>.</summary>
    public WhenRecordLost WhenRecordLost { get; set; }

    /// <summary>Which partition a record goes to that names none. Default: as the Java client.</summary>
    public KafkaPartitioner Partitioner { get; set; }

    /// <summary>
    /// The largest record, key, value and headers together, in bytes; a larger one fails the job before it is in a checkpoint. Not above the
    /// topic's <c>max.message.bytes</c>. Default: 1,000,000; from 1,000 to 100,000,000.
    /// </summary>
    public int MaxRecordBytes { get; set; } = 1_000_000;

    /// <summary>
    /// Exactly once: the bytes of records a subtask may have staged that are not written yet, all kept in memory; more fail the job.
    /// A sixteenth is taken while the epoch before is still being written; then the job waits for that. Default: 512 MB; from 1 MB to 1 GB.
    /// </summary>
    public int MaxEpochBytes { get; set; } = 512 << 20;

    /// <summary>
    /// The bytes that may be handed to the client and not yet acknowledged; above it the sink waits. Default: 64 MB; from 1 MB to 1 GB.
    /// </summary>
    public int MaxUnsentBytes { get; set; } = 64 << 20;

    internal IEnumerable<string> Faults()
    {
        if (TransactionalId is { } id && (id.Length is 0 or > 200 || id.Any(c => char.IsControl(c) || c == ' ')))
            yield return $"TransactionalId is '{id}'; use 1 to 200 characters without blanks, or leave it out.";
        if (TransactionTimeout < TimeSpan.FromSeconds(1) || TransactionTimeout > TimeSpan.FromHours(1))
            yield return $"TransactionTimeout is {TransactionTimeout}; set it to between 1 s and 1 h.";
        if (!Enum.IsDefined(WhenRecordLost))
            yield return $"WhenRecordLost is {WhenRecordLost}; use one of the values it names.";
        if (!Enum.IsDefined(Partitioner))
            yield return $"Partitioner is {Partitioner}; use one of the values it names.";
        if (MaxRecordBytes is < 1_000 or > 100_000_000)
            yield return $"MaxRecordBytes is {MaxRecordBytes}; set it to between 1,000 and 100,000,000.";
        if (MaxEpochBytes is < 1 << 20 or > 1 << 30)
            yield return $"MaxEpochBytes is {MaxEpochBytes}; set it to between 1 MB and 1 GB.";
        if (MaxUnsentBytes is < 1 << 20 or > 1 << 30)
            yield return $"MaxUnsentBytes is {MaxUnsentBytes}; set it to between 1 MB and 1 GB.";
        if (MaxRecordBytes > MaxEpochBytes || MaxRecordBytes > MaxUnsentBytes)
            yield return $"MaxRecordBytes is {MaxRecordBytes}; set it to no more than MaxEpochBytes and MaxUnsentBytes.";
    }
}
