namespace Gristmill.Engine.Tests;

/// <summary>Publishes into a <see cref="Collected{T}"/>, and has no room after a first batch until it is opened for good.</summary>
/// <param name="into">Where the rows go.</param>
/// <param name="blocked">The only subtask that is held back; null: all are.</param>
internal sealed class SlowSink<T>(Collected<T> into, int? blocked = null) : TransactionalSink<T, T[]>
{
    private readonly Lock _lock = new();
    private readonly List<SinkContext> _writers = [];
    private bool _isOpen;
    private int _refusals;

    public int Refusals => Volatile.Read(ref _refusals);

    public SlowSink<T> Open()
    {
        lock (_lock)
            _isOpen = true;
        Wake();
        return this;
    }

    public void Wake()
    {
        lock (_lock)
            _writers.ForEach(writer => writer.Wake());
    }

    public override SinkWriter<T, T[]> OpenWriter(SinkContext context)
    {
        lock (_lock)
            _writers.Add(context);
        return new Writer(this, into.OpenWriter(context), blocked is null || blocked == context.Subtask);
    }

    public override ValueTask CommitAsync(IReadOnlyList<Staged<T[]>> staged, SinkContext context, CancellationToken cancellationToken)
        => into.CommitAsync(staged, context, cancellationToken);

    private sealed class Writer(SlowSink<T> sink, SinkWriter<T, T[]> inner, bool blocks) : SinkWriter<T, T[]>
    {
        private bool _isFull;

        public override bool CanWrite
        {
            get
            {
                lock (sink._lock)
                {
                    if (sink._isOpen || !_isFull)
                        return true;
                    sink._refusals++;
                    return false;
                }
            }
        }

        public override void Write(ReadOnlySpan<T> records)
        {
            _isFull = blocks;
            inner.Write(records);
        }

        public override ValueTask<StagedOutput<T[]>?> StageAsync(long epoch, CancellationToken cancellationToken) => inner.StageAsync(epoch, cancellationToken);
    }
}
