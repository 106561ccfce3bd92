using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>
/// Lists the partitions and where each is to be read from, once for a generation. Blocks its thread. A cluster that can't be
/// reached is an error after a while at the first start, and waited for where there is a position to go on from.
/// </summary>
internal sealed class Discovery(ReadSetup setup, SourceContext context, CancellationToken cancellationToken)
{
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(10);

    /// <summary>A topic may have been made a moment ago, and not every broker know it.</summary>
    private static readonly TimeSpan TimeToAppear = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenWarnings = TimeSpan.FromSeconds(30);

    private readonly long _started = context.Time.GetTimestamp();
    private Error? _lastError;
    private Error? _refusal;
    private long? _firstMissing;

    private TimeSpan Elapsed => context.Time.GetElapsedTime(_started);

    public IReadOnlyList<SourceSplit<KafkaPosition>> Run()
    {
        using IConsumer<Ignore, Ignore> client = new ConsumerBuilder<Ignore, Ignore>(setup.Config(context))
            .SetErrorHandler((_, error) => Note(error))
            .SetLogHandler((_, message) => ReadLog.ClientSays(context.Logger, context.Operator, context.Subtask, KafkaErrors.Clean(setup.Connection, message.Message)))
            .Build();
        using IAdminClient cluster = new DependentAdminClientBuilder(client.Handle).Build();
        TimeSpan patience = FirstPatience;
        TimeSpan nextWarning = setup.Connection.StartTimeout;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (Find(cluster, patience) is { } partitions)
                    return Positions(client, partitions, patience);
            }
            catch (KafkaException e)
            {
                Note(e.Error);
            }

            // Errors of connections are told to those who poll only.
            client.Consume(TimeSpan.Zero);
            Judge(ref nextWarning);
            patience = patience * 2 < MostPatience ? patience * 2 : MostPatience;
            if (!context.IsResuming && setup.Connection.StartTimeout - Elapsed < patience)
                patience = setup.Connection.StartTimeout - Elapsed;
            cancellationToken.WaitHandle.WaitOne(BetweenTries);
        }
    }

    /// <returns>Null: not all is known yet, ask again.</returns>
    private List<TopicPartition>? Find(IAdminClient cluster, TimeSpan patience)
    {
        var partitions = new List<TopicPartition>();
        var missing = new List<string>();
        bool isWhole = true;
        foreach (TopicMetadata topic in setup.Topics.Ask(cluster, patience))
        {
            if (topic.Error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic)
                missing.Add(topic.Topic);
            else if (topic.Error.IsError && !KafkaErrors.IsTransient(topic.Error.Code))
                throw Misconfigured($"topic '{topic.Topic}': {KafkaErrors.Cause(setup.Connection, topic.Error)}");
            isWhole &= !topic.Error.IsError;
            if (topic.Error.IsError)
                _lastError = topic.Error;
            partitions.AddRange(topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition.PartitionId)));
        }

        if (missing.Count != 0 && IsBelieved())
            throw Misconfigured($"there is no topic {string.Join(", ", missing.Select(topic => $"'{topic}'"))} at {setup.Connection}. Create it, or mend the topic at the source.");
        if (isWhole && partitions.Count == 0)
            OnNothingFound();
        return isWhole ? partitions : null;
    }

    /// <summary>
    /// A broker on its way up may not know its topics yet, so what is missing is asked for again for a while: a short one at the
    /// first start, where a name is likely wrong, and longer where the topic was there before.
    /// </summary>
    private bool IsBelieved()
    {
        _firstMissing ??= context.Time.GetTimestamp();
        return context.Time.GetElapsedTime(_firstMissing.Value) > (context.IsResuming ? setup.Connection.StartTimeout : TimeToAppear);
    }

    private void OnNothingFound()
    {
        if (setup.IsBounded || setup.Options.DiscoveryInterval is null)
            throw Misconfigured($"no topic at {setup.Connection} matches the pattern '{setup.Topics}', and none is looked for later. Mend the pattern, or set DiscoveryInterval with End Never.");
        ReadLog.NoTopicYet(context.Logger, context.Operator, setup.Topics.ToString()!);
    }

    private IReadOnlyList<SourceSplit<KafkaPosition>> Positions(IConsumer<Ignore, Ignore> client, List<TopicPartition> partitions, TimeSpan patience)
    {
        Dictionary<TopicPartition, long> starts = Starts(client, partitions, patience);
        // What has come to be since the first start of a bounded read is behind its end.
        Dictionary<TopicPartition, long>? ends = !setup.IsBounded ? null
            : context.IsResuming ? starts : Offsets.At(client, partitions, Offsets.End, patience);
        return
        [
            .. partitions.OrderBy(p => p.Topic, StringComparer.Ordinal).ThenBy(p => p.Partition.Value)
                .Select(p => new SourceSplit<KafkaPosition>(SplitId.Of(p), new KafkaPosition(starts[p], ends?[p]))),
        ];
    }

    private Dictionary<TopicPartition, long> Starts(IConsumer<Ignore, Ignore> client, List<TopicPartition> partitions, TimeSpan patience)
    {
        KafkaStart start = setup.Options.Start;
        if (partitions.Count == 0)
            return [];
        if (context.IsResuming)
            return Offsets.At(client, partitions, Offsets.First, patience);
        return start.What switch
        {
            KafkaStart.Kind.Latest => Offsets.At(client, partitions, Offsets.End, patience),
            KafkaStart.Kind.Time => Offsets.At(client, partitions, start.Time.ToUnixTimeMilliseconds(), patience),
            KafkaStart.Kind.Committed => Committed(client, partitions, patience),
            _ => Offsets.At(client, partitions, Offsets.First, patience),
        };
    }

    private static Dictionary<TopicPartition, long> Committed(IConsumer<Ignore, Ignore> client, List<TopicPartition> partitions, TimeSpan patience)
    {
        Dictionary<TopicPartition, long> offsets = client.Committed(partitions, patience).ToDictionary(p => p.TopicPartition, p => p.Offset.Value);
        TopicPartition[] without = [.. offsets.Where(pair => pair.Value < 0).Select(pair => pair.Key)];
        if (without.Length == 0)
            return offsets;
        foreach ((TopicPartition partition, long first) in Offsets.At(client, without, Offsets.First, patience))
            offsets[partition] = first;
        return offsets;
    }

    private void Note(Error error)
    {
        if (KafkaErrors.IsOfGroup(error.Code) && setup.Options.GroupId is null)
            return;
        if (KafkaErrors.IsRefusal(error.Code))
            _refusal = error;
        // "All brokers are down" and "timed out" say less than what came before them.
        if (_lastError is null || error.Code is not (ErrorCode.Local_AllBrokersDown or ErrorCode.Local_TimedOut) && !IsBare(error))
            _lastError = error;
    }

    /// <summary>Nothing but the code's own name.</summary>
    private static bool IsBare(Error error) => error.Reason == new Error(error.Code).Reason;

    private void Judge(ref TimeSpan nextWarning)
    {
        // A broker on its way up may refuse at first whom it took before.
        if (_refusal is not null && (!context.IsResuming || Elapsed > setup.Connection.StartTimeout))
        {
            string cause = KafkaErrors.Cause(setup.Connection, _refusal);
            throw context.IsResuming ? new KafkaSourceException($"Source '{context.Operator}': {cause}") : Misconfigured($"Kafka at {setup.Connection}: {cause}");
        }

        if (Elapsed < nextWarning)
            return;
        string reason = _lastError is null ? "it gave no answer." : KafkaErrors.Reason(setup.Connection, _lastError);
        if (!context.IsResuming)
        {
            throw new KafkaSourceException(
                $"Source '{context.Operator}': Kafka at {setup.Connection} could not be reached within {setup.Connection.StartTimeout.TotalSeconds:0.#} s (StartTimeout): {reason} "
                + "See that the connection's bootstrap servers are right and can be reached from here, and that security.protocol in its Settings is what they speak.");
        }

        ReadLog.WaitsToGoOn(context.Logger, context.Operator, Elapsed.TotalSeconds, setup.Connection.BootstrapServers, reason);
        nextWarning = Elapsed + BetweenWarnings;
    }

    private JobConfigurationException Misconfigured(string fault) => new(context.Job, [$"source '{context.Operator}': {fault}"]);
}
