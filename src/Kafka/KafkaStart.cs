namespace Gristmill.Kafka;

/// <summary>
/// Where a job without a checkpoint begins to read. With one, known partitions go on from there, and those that have come to
/// be since are read from their first record.
/// </summary>
public sealed record KafkaStart
{
    private KafkaStart(Kind what, DateTimeOffset time = default) => (What, Time) = (what, time);

    internal enum Kind
    {
        Earliest,
        Latest,
        Committed,
        Time,
    }

    /// <summary>At the first record there is.</summary>
    public static KafkaStart Earliest { get; } = new(Kind.Earliest);

    /// <summary>
    /// Behind the last record there is at the start of the job. Until its first checkpoint is complete a restart is a start:
    /// what came in between is not read.
    /// </summary>
    public static KafkaStart Latest { get; } = new(Kind.Latest);

    /// <summary>At the offset committed to <see cref="KafkaReadOptions.GroupId"/>; at the first record in partitions that have none, so that nothing is left out.</summary>
    public static KafkaStart Committed { get; } = new(Kind.Committed);

    internal Kind What { get; }

    internal DateTimeOffset Time { get; }

    /// <summary>At the first record whose timestamp is this or later; behind the last one where there is none.</summary>
    /// <param name="time">The time, at or after 1970-01-01 UTC; fractions of a millisecond don't count.</param>
    public static KafkaStart At(DateTimeOffset time) => new(Kind.Time, time);

    /// <inheritdoc/>
    public override string ToString() => What == Kind.Time ? $"At({Time:O})" : What.ToString();
}

/// <summary>Whether reading has an end.</summary>
public enum KafkaEnd
{
    /// <summary>It has none.</summary>
    Never,

    /// <summary>
    /// Each partition ends where it ended when the job was first started; recoveries keep those ends, from the first complete
    /// checkpoint on. Partitions and topics that come to be later are not read.
    /// </summary>
    Latest,
}

/// <summary>What to do when the records a position points at are gone from the topic, by its retention or otherwise.</summary>
public enum ExpiredOffsets
{
    /// <summary>The job fails with an error that says what is lost, and is not restarted.</summary>
    Fail,

    /// <summary>It goes on at the first record there is; a warning says what is lost.</summary>
    Earliest,

    /// <summary>It goes on behind the last record there is; a warning says what is lost.</summary>
    Latest,
}
