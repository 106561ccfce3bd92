namespace Gristmill.Kafka.Tests;

/// <summary>Drives a source as one subtask does.</summary>
public sealed class Reads<T> : IDisposable
{
    private readonly Source<T, KafkaPosition> _source;
    private readonly Batch<T> _batch;
    private readonly Dictionary<string, SplitReader<T, KafkaPosition>> _readers = [];
    private readonly SplitWatcher<KafkaPosition>? _watcher;
    private readonly HashSet<string> _ended = [];

    private Reads(Source<T, KafkaPosition> source, ReadContext context, int batch)
    {
        _source = source;
        _batch = new Batch<T>(batch);
        Context = context;
        _watcher = source.OpenWatcher(context);
    }

    public ReadContext Context { get; }

    public List<T> Records { get; } = [];

    public bool HasEnded => _watcher is null && _ended.Count == _readers.Count;

    public IEnumerable<string> Splits => _readers.Keys.Order(StringComparer.Ordinal);

    /// <summary>Discovers and opens, the splits in known at their positions there.</summary>
    public static async Task<Reads<T>> OpenAsync(
        Source<T, KafkaPosition> source, IReadOnlyDictionary<string, KafkaPosition>? known = null, ReadContext? context = null, int batch = 64)
    {
        Assert.Empty(source.Validate());
        context ??= new ReadContext(isResuming: known is not null);
        IReadOnlyList<SourceSplit<KafkaPosition>> splits = await source.DiscoverAsync(context, TestContext.Current.CancellationToken);
        var reads = new Reads<T>(source, context, batch);
        foreach (SourceSplit<KafkaPosition> split in splits)
            reads.Open(known?.TryGetValue(split.Id, out KafkaPosition position) == true ? split with { Start = position } : split);
        return reads;
    }

    public Dictionary<string, KafkaPosition> Positions() => _readers.ToDictionary(pair => pair.Key, pair => pair.Value.Position);

    /// <summary>Reads until a condition holds.</summary>
    public void Until(Func<bool> condition, string what)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Wait.Bound, $"This did not come about: {what}; {Records.Count} records were read.");
            if (!Step())
                Context.WaitToBeWoken(TimeSpan.FromMilliseconds(20));
        }
    }

    public void Until(int count) => Until(() => Records.Count >= count, $"{count} records are read");

    public void ToEnd() => Until(() => HasEnded, "all splits end");

    /// <summary>Reads until nothing has come for a while that is longer than the client's own.</summary>
    public void UntilQuiet()
    {
        do
        {
            while (Step())
            {
                // As long as something is there.
            }
        }
        while (Context.WaitToBeWoken(TimeSpan.FromSeconds(1)));
    }

    public void Commit()
    {
        foreach (SplitReader<T, KafkaPosition> reader in _readers.Values)
            reader.OnCommitted(reader.Position);
    }

    public void Dispose()
    {
        foreach (SplitReader<T, KafkaPosition> reader in _readers.Values)
            reader.Dispose();
        _watcher?.Dispose();
    }

    /// <returns>False: nothing was there.</returns>
    public bool Step()
    {
        bool any = false;
        foreach (SourceSplit<KafkaPosition> found in _watcher?.TakeFound() ?? [])
        {
            if (!_readers.ContainsKey(found.Id))
                Open(found);
        }

        foreach ((string id, SplitReader<T, KafkaPosition> reader) in _readers)
        {
            if (_ended.Contains(id))
                continue;
            var batch = new Batch<T>(_batch.Capacity);
            ReadStatus status = reader.Read(batch);
            Records.AddRange(batch.Records);
            if (status == ReadStatus.Ended)
                _ended.Add(id);
            any |= batch.Count != 0 || status != ReadStatus.Pending;
        }

        return any;
    }

    private void Open(SourceSplit<KafkaPosition> split) => _readers.Add(split.Id, _source.OpenReader(split.Id, split.Start, Context));
}

/// <summary>Waiting on conditions, with a bound that only a hanging test reaches.</summary>
public static class Wait
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    public static Task UntilAsync(Func<bool> condition, string what) => UntilAsync(condition, () => what);

    public static async Task UntilAsync(Func<bool> condition, Func<string> what)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Bound)
                Assert.Fail($"This did not come about: {what()}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
