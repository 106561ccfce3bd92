namespace Gristmill.Kafka.Internal;

/// <summary>What is said when checkpoints and the broker's record of the written epochs do not fit.</summary>
internal static class RecordErrors
{
    public static KafkaSinkException OlderCopy(RecordName name, long recorded, long firstEpoch) => new(
        name.Topic,
        $"Topic '{name.Topic}' has this job's output up to epoch {recorded} (group '{name.Group}'), but its checkpoints end at {firstEpoch - 1}: an older copy of them was brought back, "
        + "and what the job writes next would be taken for written. Bring the newest checkpoints back; or, to have the epochs between again, "
        + "set another TransactionalId at the sink. If another process has taken the job over, that one is right and nothing is to be done.")
    {
        IsPermanent = true,
    };

    public static KafkaSinkException Lost(KafkaConnection connection, RecordName name, long first, long last, long firstEpoch) => new(
        name.Topic,
        $"{connection} has no record of which epoch is in '{name.Topic}' (group '{name.Group}'), so nobody knows whether {(first == last ? $"epoch {first} is" : $"epochs {first} to {last} are")}. "
        + (first < firstEpoch
            ? "Brokers forget it after offsets.retention.minutes (a week) or when the topic is deleted and made anew, and another cluster never had it. "
            : "It was there when the job started: the topic was deleted and made anew, somebody deletes groups or their offsets, or offsets.retention.minutes "
                + "or the retention of __consumer_offsets is shorter than a day. Mend that. ")
        + "Look whether the output is there, and set WhenRecordLost at the sink to TakeAsWritten or WriteAgain for one start.")
    {
        IsPermanent = true,
    };
}
