using System.Runtime.ExceptionServices;
using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>One subtask's way to the topic at least once. The client sends, retries and keeps order by itself, on threads of its own.</summary>
internal sealed class DirectKafkaWriter<T> : DirectSinkWriter<T>
{
    /// <summary>What a record costs the client beside its bytes.</summary>
    private const int Overhead = 100;

    /// <summary>The client's own limits are out of reach: this class keeps to the user's before.</summary>
    private const int NoLimitMessages = 10_000_000;
    private const int NoLimitKbytes = int.MaxValue;

    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SaidAgain = TimeSpan.FromSeconds(30);

    private readonly KafkaConnection _connection;
    private readonly string _topic;
    private readonly KafkaSerializer<T> _serialize;
    private readonly KafkaWriteOptions _options;
    private readonly SinkContext _context;
    private readonly SinkErrors _errors;
    private readonly KafkaRecordBuilder _builder = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly IProducer<byte[], byte[]> _producer;
    private readonly RecordProducer _records;
    private readonly Task _checked;
    private readonly List<Unacknowledged> _open = [];
    private Unacknowledged _current;
    private long _unsent;
    private bool _isReady;
    private Exception? _error;
    private Error? _refused;
    private long _saidAt;

    public DirectKafkaWriter(KafkaConnection connection, string topic, KafkaSerializer<T> serialize, KafkaWriteOptions options, SinkContext context)
    {
        (_connection, _topic, _serialize, _options, _context, _errors) = (connection, topic, serialize, options, context, new SinkErrors(connection));
        _producer = Create();
        _records = new RecordProducer(_producer, topic);
        _current = new Unacknowledged(OnReport);
        _checked = Task.Factory.StartNew(Check, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    // After an error there is room: the next write is to bring it up.
    public override bool CanWrite => Volatile.Read(ref _error) is not null || (Volatile.Read(ref _isReady) && Interlocked.Read(ref _unsent) < _options.MaxUnsentBytes);

    public override void Write(ReadOnlySpan<T> records)
    {
        foreach (ref readonly T record in records)
        {
            if (Volatile.Read(ref _error) is { } error)
                ExceptionDispatchInfo.Throw(error);
            _builder.Take(_serialize, in record);
            RecordLimit.Check(_builder, _topic, _options.MaxRecordBytes);
            _current.Add();
            Interlocked.Add(ref _unsent, Overhead + _builder.KeyBytes.Length + _builder.ValueBytes.Length);
            Produce();
        }
    }

    public override async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _error) is { } error)
            ExceptionDispatchInfo.Throw(error);
        Unacknowledged before = _current;
        _current = new Unacknowledged(OnReport);
        Task all;
        lock (_open)
        {
            _open.RemoveAll(one => one.All.IsCompletedSuccessfully);
            _open.Add(before);
            all = Task.WhenAll(_open.Select(one => one.All));
        }
        // After it is in the list: a failure from now on finds it.
        if (Volatile.Read(ref _error) is { } failed)
            before.Fail(failed);
        before.Remove();
        await all.WaitAsync(cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
#pragma warning disable CA1849 // Not CancelAsync: what it runs is short.
        _closing.Cancel();
#pragma warning restore CA1849
        Fail(new OperationCanceledException("The sink is closed."));
        await _checked;
        // What is not acknowledged comes again: no checkpoint has it behind it.
        await Task.Factory.StartNew(_producer.Dispose, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _closing.Dispose();
        await base.DisposeAsync();
    }

    private IProducer<byte[], byte[]> Create()
    {
        try
        {
            ProducerConfig config = ProducerSettings.AtLeastOnce(_connection, _options);
            config.QueueBufferingMaxMessages = NoLimitMessages;
            config.QueueBufferingMaxKbytes = NoLimitKbytes;
            // References to the arrays, for their lengths.
            config.DeliveryReportFields = "key,value";
            return new ProducerBuilder<byte[], byte[]>(config)
                .SetErrorHandler((_, error) => OnError(error))
                .SetLogHandler((_, message) => SinkLog.Client(_context.Logger, _context.Operator, message.Facility, Redaction.Of(_connection, message.Message)))
                .Build();
        }
        catch (Exception e) when (SettingFaults.IsOne(e))
        {
            throw _errors.WrongSetting(_topic, e);
        }
    }

    /// <summary>Nothing is written before the topic is known to be there.</summary>
    private void Check()
    {
        var wait = new CommitWait(_connection, _context, _topic, isStart: _context.FirstEpoch == 1);
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                TopicListing.Require(_producer, _topic, Answer);
                Volatile.Write(ref _isReady, true);
                wait.Through(null);
                break;
            }
            catch (KafkaException e)
            {
                if (!(e.Error.Code == ErrorCode.UnknownTopicOrPart && wait.MayStillAppear) && _errors.Permanent(_topic, null, null, e.Error) is { } permanent)
                {
                    Fail(permanent);
                    break;
                }
                try
                {
                    wait.OnTrouble(null, Volatile.Read(ref _refused), null, e.Error, _errors);
                    wait.BackOff(_closing.Token);
                }
                catch (KafkaSinkException enough)
                {
                    Fail(enough);
                    break;
                }
            }
            catch (Exception e)
            {
                Fail(e);
                break;
            }
        }
        _context.Wake();
    }

    private void Produce()
    {
        try
        {
            if (!_records.TryProduce(_builder, _current.Handler))
                throw new KafkaSinkException(_topic, $"The client has {NoLimitMessages:N0} records for '{_topic}' that are not acknowledged, and takes no more. Lower MaxUnsentBytes at the sink.");
        }
        catch (KafkaException e)
        {
            throw _errors.Permanent(_topic, null, null, e.Error) ?? Undelivered(e.Error);
        }
    }

    private void OnReport(Unacknowledged group, DeliveryReport<byte[], byte[]> report)
    {
        if (report.Error.IsError)
            Fail(_errors.Permanent(_topic, null, null, report.Error) ?? Undelivered(report.Error));
        long size = Overhead + (report.Message.Key?.Length ?? 0) + (report.Message.Value?.Length ?? 0);
        long left = Interlocked.Add(ref _unsent, -size);
        group.Remove();
        // Whoever crosses the limit wakes: the subtask saw no room before and is not asking again by itself.
        if (left < _options.MaxUnsentBytes && left + size >= _options.MaxUnsentBytes)
            _context.Wake();
        if (Interlocked.Exchange(ref _saidAt, 0) != 0)
            SinkLog.Delivers(_context.Logger, _context.Operator, _topic);
    }

    private KafkaSinkException Undelivered(Error error) => new(
        _topic,
        $"Records for '{_topic}' at {_connection} were not delivered: {_errors.Say(error)}. The job goes on from its last checkpoint; "
        + "message.timeout.ms in the connection's Settings says how long a broker is waited for (5 minutes by default).");

    private void OnError(Error error)
    {
        if (SinkErrors.IsAuthentication(error))
            Volatile.Write(ref _refused, error);
        if (error.IsFatal)
        {
            Fail(Undelivered(error));
            return;
        }
        long now = _context.Time.GetTimestamp();
        long said = Interlocked.Read(ref _saidAt);
        if (!Volatile.Read(ref _isReady) || Interlocked.Read(ref _unsent) == 0 || (said != 0 && _context.Time.GetElapsedTime(said, now) < SaidAgain))
            return;
        Interlocked.Exchange(ref _saidAt, now);
        SinkLog.Undelivered(_context.Logger, _context.Operator, _topic, _connection.BootstrapServers, _errors.Say(error));
    }

    private void Fail(Exception error)
    {
        Interlocked.CompareExchange(ref _error, error, null);
        lock (_open)
        {
            foreach (Unacknowledged one in _open)
                one.Fail(_error!);
        }
        _context.Wake();
    }
}
