namespace Gristmill.Kafka;

/// <summary>
/// What an exactly-once sink does with staged output when the broker has forgotten which epoch was written last: brokers drop
/// a group's offsets a week after they were written last (<c>offsets.retention.minutes</c>), and another cluster has none. A running job
/// renews its own every day, so this is about jobs that stood still.
/// </summary>
public enum WhenRecordLost
{
    /// <summary>The job fails with an error that names the epochs: somebody is to look whether they are in the topic.</summary>
    Fail,

    /// <summary>They are written. If they had been already, they are there twice.</summary>
    WriteAgain,

    /// <summary>They are taken to be in the topic. If they aren't, they are lost.</summary>
    TakeAsWritten,
}
