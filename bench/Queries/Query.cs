namespace Gristmill.Bench;

/// <summary>What the jobs of the benchmark are made from.</summary>
/// <param name="Numbers">The events.</param>
/// <param name="Keys">How many keys kc counts by.</param>
/// <param name="Splits">Into how many splits the source is divided.</param>
/// <param name="Committed">Where the result goes.</param>
/// <param name="Failure">What breaks on the way; null for nothing.</param>
internal sealed record QueryInput(EventNumbers Numbers, long Keys, int Splits, CommittedChecksum Committed, PlantedFailure? Failure)
{
    /// <summary>The part of the keys that events are drawn from, the first ones: more than 0 to 1.</summary>
    public double Hot { get; init; } = 1;

    /// <summary>What brings every key in before the first event.</summary>
    public Preload Preload { get; init; } = Preload.None;

    /// <summary>How many keys events are drawn from.</summary>
    public long HotKeys => Math.Max(1, (long)(Hot * Keys));

    /// <summary>The source of whole events.</summary>
    public NexmarkSource Events() => new(Numbers, Splits, Failure);

    /// <summary>The source of bare events.</summary>
    public TickSource Ticks() => new(Numbers, Splits, Failure, Preload);

    public ChecksumSink<TRow> Sink<TRow>()
        where TRow : struct, IRow<TRow>
        => new(Committed);
}

/// <summary>A query of the benchmark.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="Summary">What it does.</param>
/// <param name="CreateJob">Makes the job.</param>
internal sealed record Query(string Name, string Summary, Func<QueryInput, IJob> CreateJob)
{
    public static readonly IReadOnlyList<Query> All =
    [
        new("q0", "every bid, passed through", input => new PassThrough(input)),
        new("q1", "every bid, its price in euros", input => new CurrencyConversion(input)),
        new("q2", "the bids on some auctions", input => new Selection(input)),
        new("q7", "the highest bids of each 10 s", input => new HighestBid(input)),
        new("kc", "how often each key has come, for each of its events", input => new KeyCount(input)),
        new("events", "every event with all its fields", input => new AllEvents(input)),
    ];

    public static Query Named(string name) => All.First(query => query.Name == name);
}
