namespace Gristmill.Kafka.Internal;

/// <summary>Topics as a source: a split a partition. The splits of a subtask share one consumer.</summary>
internal sealed class KafkaSource<T>(KafkaConnection connection, TopicSelection topics, KafkaDeserializer<T> deserialize, KafkaReadOptions options)
    : Source<T, KafkaPosition>
{
    private readonly ReadSetup _setup = new(connection, topics, options);

    // The source serves all subtasks of a process and one generation after the other.
    private readonly Dictionary<SourceContext, Fetcher<T>> _fetchers = new(ReferenceEqualityComparer.Instance);
    private readonly List<Task> _closing = [];

    /// <summary>All partitions at once: a consumer reads them together anyway, and watermarks need each.</summary>
    public override int MostOpenSplits => int.MaxValue;

    public override IEnumerable<string> Validate()
    {
        string[] faults = [.. connection.Faults(), .. topics.Faults(), .. options.Faults()];
        return NativeClient.WhyMissing is null ? [.. faults, .. _setup.SettingFaults()] : faults;
    }

    public override int? OwnerOf(string splitId, int parallelism) => SplitId.OwnerOf(splitId, parallelism);

    /// <summary>On a thread of its own, for the client blocks; and a stop does not wait until it has given up.</summary>
    public override async ValueTask<IReadOnlyList<SourceSplit<KafkaPosition>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
    {
        Task<IReadOnlyList<SourceSplit<KafkaPosition>>> discovery = Task.Factory.StartNew(
            () => new Discovery(_setup, context, cancellationToken).Run(), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return await discovery.WaitAsync(cancellationToken);
    }

    public override SplitReader<T, KafkaPosition> OpenReader(string splitId, KafkaPosition position, SourceContext context)
        => new KafkaSplitReader<T>(Join(context), SplitId.Parse(splitId), position, context, Leave, tellsGroup: options.GroupId is not null);

    public override SplitWatcher<KafkaPosition>? OpenWatcher(SourceContext context)
    {
        if (_setup.IsBounded || options.DiscoveryInterval is not { } interval)
            return null;
        Fetcher<T> fetcher = Join(context);
        return new KafkaWatcher(fetcher.Watch(interval), () => Leave(context));
    }

    private Fetcher<T> Join(SourceContext context)
    {
        lock (_fetchers)
        {
            if (!_fetchers.TryGetValue(context, out Fetcher<T>? fetcher))
            {
                _closing.RemoveAll(closed => closed.IsCompleted);
                fetcher = new Fetcher<T>(_setup, deserialize, context, Task.WhenAll(_closing));
                _fetchers.Add(context, fetcher);
                fetcher.Start();
            }

            fetcher.Users++;
            return fetcher;
        }
    }

    private void Leave(SourceContext context)
    {
        lock (_fetchers)
        {
            Fetcher<T> fetcher = _fetchers[context];
            if (--fetcher.Users != 0)
                return;
            _fetchers.Remove(context);
            _closing.Add(fetcher.Closed);
            fetcher.Stop();
        }
    }
}
