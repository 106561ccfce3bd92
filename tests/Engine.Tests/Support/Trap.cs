namespace Gristmill.Engine.Tests;

/// <summary>A source like the one in it, whose readers throw once the trap is sprung.</summary>
internal sealed class Trap<T>(Source<T, long> inner) : Source<T, long>
{
    private volatile bool _sprung;

    public Trap<T> Spring()
    {
        _sprung = true;
        return this;
    }

    public override ValueTask<IReadOnlyList<SourceSplit<long>>> DiscoverAsync(SourceContext context, CancellationToken cancellationToken) => inner.DiscoverAsync(context, cancellationToken);

    public override SplitReader<T, long> OpenReader(string splitId, long position, SourceContext context) => new Reader(this, inner.OpenReader(splitId, position, context));

    private sealed class Reader(Trap<T> trap, SplitReader<T, long> inner) : SplitReader<T, long>
    {
        public override long Position => inner.Position;

        public override ReadStatus Read(Batch<T> batch) => trap._sprung ? throw new InvalidTimeZoneException("planted") : inner.Read(batch);

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
