namespace Gristmill.Kafka;

/// <summary>How topics are read.</summary>
public sealed class KafkaReadOptions
{
    internal KafkaReadOptions()
    {
    }

    /// <summary>
    /// The consumer group that is told how far the job is, for monitoring: after each checkpoint its offsets are committed
    /// there. The job is no member of the group, and reads by its checkpoint alone. Default: null, nothing is committed.
    /// </summary>
    public string? GroupId { get; set; }

    /// <summary>Where a job without a checkpoint begins. Default: <see cref="KafkaStart.Earliest"/>. <see cref="KafkaStart.Committed"/> needs <see cref="GroupId"/>.</summary>
    public KafkaStart Start { get; set; } = KafkaStart.Earliest;

    /// <summary>Whether reading ends. Default: <see cref="KafkaEnd.Never"/>.</summary>
    public KafkaEnd End { get; set; } = KafkaEnd.Never;

    /// <summary>How often new partitions and topics are looked for. Default: 30 s; from 100 ms to a day; null: only at the start of each generation.</summary>
    public TimeSpan? DiscoveryInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>What to do when a position's records are gone. Default: <see cref="ExpiredOffsets.Fail"/>.</summary>
    public ExpiredOffsets WhenExpired { get; set; } = ExpiredOffsets.Fail;

    /// <summary>Whether <see cref="KafkaRecord.Headers"/> are to be had, which costs some allocations a record. Default: false.</summary>
    public bool Headers { get; set; }

    /// <summary>Whether records of transactions that are not committed, or never will be, are read. Default: false.</summary>
    public bool ReadUncommitted { get; set; }

    /// <summary>How many records each subtask reads ahead of its job, all partitions together. Default: 16,384; from 1 to 16,777,216.</summary>
    public int MaxBufferedRecords { get; set; } = 16_384;

    /// <summary>
    /// How many bytes of keys and values each subtask reads ahead of its job, all partitions together; one record may be
    /// larger. Default: 32 MB; from 1 KB to 1 GB. What the client holds before that is bounded by its own settings
    /// <c>queued.max.messages.kbytes</c> (64 MB of content) and <c>queued.min.messages</c>.
    /// </summary>
    public int MaxBufferedBytes { get; set; } = 32 << 20;

    internal IEnumerable<string> Faults()
    {
        if (GroupId is { } group && string.IsNullOrWhiteSpace(group))
            yield return "GroupId is empty; name a consumer group, or set it to null to commit to none.";
        if (Start is null)
            yield return "Start is null; set it to KafkaStart.Earliest, Latest, Committed or At(time).";
        else if (Start.What == KafkaStart.Kind.Committed && GroupId is null)
            yield return "Start is Committed, but GroupId is null; set GroupId to the group whose offsets are meant.";
        else if (Start.What == KafkaStart.Kind.Time && Start.Time < DateTimeOffset.UnixEpoch)
            yield return $"Start is {Start}; set it to a time after 1970-01-01, or to KafkaStart.Earliest.";
        if (DiscoveryInterval is { } interval && (interval < TimeSpan.FromMilliseconds(100) || interval > TimeSpan.FromDays(1)))
            yield return $"DiscoveryInterval is {interval}; set it to between 100 ms and a day, or to null to look only at the start.";
        if (!Enum.IsDefined(WhenExpired))
            yield return $"WhenExpired is {WhenExpired}; set it to Fail, Earliest or Latest.";
        if (!Enum.IsDefined(End))
            yield return $"End is {End}; set it to Never or Latest.";
        if (MaxBufferedRecords is < 1 or > 1 << 24)
            yield return $"MaxBufferedRecords is {MaxBufferedRecords}; set it to between 1 and 16,777,216.";
        if (MaxBufferedBytes is < 1 << 10 or > 1 << 30)
            yield return $"MaxBufferedBytes is {MaxBufferedBytes}; set it to between 1 KB and 1 GB.";
    }
}
