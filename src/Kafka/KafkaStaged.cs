namespace Gristmill.Kafka;

/// <summary>
/// One subtask's output of one epoch, whole: it lies in the checkpoint until the head has moved, and is written then. It says
/// itself where it belongs, so a job that is renamed or pointed elsewhere still writes it once, where it was staged for.
/// </summary>
/// <param name="TransactionalId">Whose transactions write it.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Lineage">What its epoch's number belongs to.</param>
/// <param name="Records">How many records it has.</param>
/// <param name="Chunks">The records, in the connector's own framing, each whole in one chunk.</param>
public sealed record KafkaStaged(string TransactionalId, string Topic, string Lineage, long Records, List<byte[]> Chunks);
