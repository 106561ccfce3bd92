namespace Gristmill.Kafka;

/// <summary>Where the reader of a partition is.</summary>
/// <param name="Offset">The offset of the next record, or of the gap before it.</param>
/// <param name="End">Where a bounded read ends: the first offset that is not read any more. Null: it has no end.</param>
public readonly record struct KafkaPosition(long Offset, long? End);
