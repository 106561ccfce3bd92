namespace Gristmill.Kafka.Internal;

/// <summary>
/// Where it is recorded which epoch is out: the offset of a group of its own, for the topic's partition 0. Each lineage has its own group,
/// since numbers of one say nothing about another's.
/// </summary>
internal readonly record struct RecordName(string TransactionalId, string Topic, string Lineage)
{
    public string Group => Lineage.Length == 0 ? TransactionalId : $"{TransactionalId}.{Lineage}";

    public static RecordName Of(KafkaStaged staged) => new(staged.TransactionalId, staged.Topic, staged.Lineage);
}
