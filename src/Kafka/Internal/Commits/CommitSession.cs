using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>One transactional id's producer and what is done with it, step by step. Blocks: never on the engine's threads.</summary>
internal sealed class CommitSession(KafkaConnection connection, KafkaWriteOptions options, string transactionalId, SinkContext context) : IDisposable
{
    /// <summary>How long a call waits before cancellation and the log are looked after; it then goes on where it was.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Parting = TimeSpan.FromSeconds(2);

    private readonly SinkErrors _errors = new(connection);
    private IProducer<byte[], byte[]>? _producer;
    private Error? _lastError;
    private Error? _refused;
    private bool _isOpen;
    private (string Name, IConsumerGroupMetadata Metadata)? _group;

    /// <summary>What the client complained of last; null since it last got through.</summary>
    public Error? LastError => Volatile.Read(ref _lastError);

    /// <summary>That the broker did not take the credentials; null since it last did.</summary>
    public Error? Refused => Volatile.Read(ref _refused);

    /// <summary>Fences older producers. After a time-out it can be called again and goes on.</summary>
    public void Initialise(string topic)
    {
        _producer ??= Create(topic);
        TopicListing.Require(_producer, topic, Answer);
        _producer.InitTransactions(Slice);
        (_lastError, _refused) = (null, null);
    }

    public long? Ask(RecordName name) => RecordedEpoch.Ask(connection, name, Answer);

    public void Begin()
    {
        Producer.BeginTransaction();
        _isOpen = true;
    }

    /// <param name="topic">Where to.</param>
    /// <param name="outputs">What.</param>
    /// <param name="onStall">Called again and again while the client's queue is full and nothing leaves it.</param>
    /// <param name="cancellationToken">Ends it half way.</param>
    public void Write(string topic, IEnumerable<KafkaStaged> outputs, Action onStall, CancellationToken cancellationToken)
    {
        using var writer = new ChunkWriter(Producer, topic, context.Time, onStall, cancellationToken);
        foreach (byte[] chunk in outputs.SelectMany(output => output.Chunks))
            writer.Write(chunk);
    }

    /// <summary>Makes the epoch part of the open transaction. After a time-out it can be called again.</summary>
    public void Record(RecordName name, long epoch)
    {
        var offset = new TopicPartitionOffset(name.Topic, 0, epoch);
        Producer.SendOffsetsToTransaction([offset], Group(name), Slice);
    }

    /// <summary>After a time-out it can be called again and goes on.</summary>
    public void Commit(CancellationToken cancellationToken)
    {
        FlushWhileItMoves(cancellationToken);
        Producer.CommitTransaction(Slice);
        _isOpen = false;
        (_lastError, _refused) = (null, null);
    }

    /// <summary>A large epoch takes longer than a call may; as long as less is left each time, nothing is wrong.</summary>
    private void FlushWhileItMoves(CancellationToken cancellationToken)
    {
        int left = int.MaxValue;
        for (int before = int.MaxValue; left == int.MaxValue || (left > 0 && left < before);)
        {
            cancellationToken.ThrowIfCancellationRequested();
            before = left;
            left = Producer.Flush(Slice);
        }
    }

    /// <summary>Ends the session. What it left open the next one aborts, or the broker when its time is up.</summary>
    /// <param name="isOrderly">Whether to tell the broker, so that readers need not wait for either.</param>
    public void End(bool isOrderly)
    {
        if (_producer is not { } producer)
            return;
        try
        {
            if (isOrderly && _isOpen)
                producer.AbortTransaction(Parting);
        }
        catch (KafkaException)
        {
            // Then the broker does it, later.
        }
        _isOpen = false;
        _producer = null;
        producer.Dispose();
    }

    public void Dispose() => End(isOrderly: true);

    private IProducer<byte[], byte[]> Producer => _producer ?? throw new InvalidOperationException("The session has no producer.");

    private IProducer<byte[], byte[]> Create(string topic)
    {
        try
        {
            return new ProducerBuilder<byte[], byte[]>(ProducerSettings.ExactlyOnce(connection, options, transactionalId))
                .SetErrorHandler((_, error) => OnError(error))
                .SetLogHandler((_, message) => SinkLog.Client(context.Logger, context.Operator, message.Facility, Redaction.Of(connection, message.Message)))
                .Build();
        }
        catch (Exception e) when (SettingFaults.IsOne(e))
        {
            throw _errors.WrongSetting(topic, e);
        }
    }

    private IConsumerGroupMetadata Group(RecordName name)
    {
        if (_group is { } known && known.Name == name.Group)
            return known.Metadata;
        // All that is wanted of it is the name in the form the producer takes.
        using IConsumer<Ignore, Ignore> consumer = SilentConsumer.Open(connection, name.Group, error => _errors.WrongSetting(name.Topic, error));
        _group = (name.Group, consumer.ConsumerGroupMetadata);
        return _group.Value.Metadata;
    }

    private void OnError(Error error)
    {
        if (SinkErrors.IsAuthentication(error))
            Volatile.Write(ref _refused, error);
        Volatile.Write(ref _lastError, error);
    }
}
