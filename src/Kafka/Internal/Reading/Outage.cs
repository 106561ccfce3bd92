using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>
/// Says once that the cluster is away and once that it is back. The client reconnects by itself; what it says of connections
/// is only a suspicion, since brokers close idle ones too, so the leaders are asked.
/// </summary>
internal sealed class Outage(KafkaConnection connection, SourceContext context)
{
    private static readonly TimeSpan BetweenProbes = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(1);

    private Error? _suspicion;
    private long _since;
    private long _lastProbe;
    private bool _isSaid;

    public void OnError(Error error)
    {
        if (_suspicion is null)
            _since = _lastProbe = context.Time.GetTimestamp();

        // That all brokers are down, or a time-out, says less than what came before.
        if (_suspicion is null || error.Code is not (ErrorCode.Local_AllBrokersDown or ErrorCode.Local_TimedOut) && error.Reason != new Error(error.Code).Reason)
            _suspicion = error;
    }

    /// <summary>Asks the leaders of what is read, if there is a suspicion and nothing else to do.</summary>
    public void Probe<TKey, TValue>(IConsumer<TKey, TValue> client, IReadOnlyCollection<TopicPartition> partitions)
    {
        if (_suspicion is not { } suspicion || context.Time.GetElapsedTime(_lastProbe) < BetweenProbes)
            return;
        _lastProbe = context.Time.GetTimestamp();
        try
        {
            if (partitions.Count != 0)
                Offsets.At(client, partitions, Offsets.End, ProbeTimeout);
            if (_isSaid)
                ReadLog.Back(context.Logger, context.Operator, context.Subtask, connection.BootstrapServers, context.Time.GetElapsedTime(_since).TotalSeconds);
            _suspicion = null;
            _isSaid = false;
        }
        catch (KafkaException)
        {
            if (!_isSaid)
                ReadLog.Away(context.Logger, context.Operator, context.Subtask, connection.BootstrapServers, KafkaErrors.Reason(connection, suspicion));
            _isSaid = true;
        }
    }
}
