namespace Gristmill.Kafka.Internal;

/// <summary>Writes records as they come; a barrier waits until those before it are acknowledged.</summary>
internal sealed class DirectKafkaSink<T>(KafkaConnection connection, string topic, KafkaSerializer<T> serialize, KafkaWriteOptions options) : DirectSink<T>
{
    public override IEnumerable<string> Validate() => SinkFaults.Of(connection, topic, options, () => SinkFaults.TryOut(ProducerSettings.AtLeastOnce(connection, options)));

    public override DirectSinkWriter<T> OpenWriter(SinkContext context) => new DirectKafkaWriter<T>(connection, topic, serialize, options, context);
}
