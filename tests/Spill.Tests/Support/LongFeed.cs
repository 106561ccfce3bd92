namespace Gristmill.Spill.Tests;

/// <summary>The numbers from 0, as many as there are to be, then some of them again; nothing is kept of them.</summary>
internal sealed class LongFeed(int numbers) : Source<long, long>
{
    private long _until = numbers;

    /// <summary>So many of the numbers come again, when a job is started the next time.</summary>
    public void Continue(int again) => Volatile.Write(ref _until, numbers + again);

    public override ValueTask<IReadOnlyList<SourceSplit<long>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken)
        => new([new SourceSplit<long>("0", 0)]);

    public override SplitReader<long, long> OpenReader(string splitId, long position, SourceContext context)
        => new Reader(this, numbers, position);

    private sealed class Reader(LongFeed feed, long numbers, long position) : SplitReader<long, long>
    {
        private long _next = position;

        public override long Position => _next;

        public override ReadStatus Read(Batch<long> batch)
        {
            long until = Volatile.Read(ref feed._until);
            for (; _next < until && !batch.IsFull; _next++)
                batch.Add(_next < numbers ? _next : (_next - numbers) * numbers / (until - numbers));
            return _next < until ? ReadStatus.Ready : ReadStatus.Pending;
        }
    }
}

/// <summary>Keeps 168 bytes a number, and emits when it comes a second time what it kept the first time, less itself.</summary>
internal sealed class Twice : KeyedProcessor<long, long, long>
{
    private ValueState<Kept> _kept = null!;

    public override void Open(StateDeclarations states) => _kept = states.Value<Kept>("kept");

    public override void OnRecord(in long record, ProcessorContext<long, long> context)
    {
        if (_kept.Exists)
            context.Emit(_kept.Value.Number - record);
        var part = new Part(1, 2, 3, 4);
        _kept.Value = new Kept(record, part, part, part, part, part);
    }

    internal readonly record struct Part(long A, long B, long C, long D);

    internal readonly record struct Kept(long Number, Part A, Part B, Part C, Part D, Part E);
}
