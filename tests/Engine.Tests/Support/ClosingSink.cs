namespace Gristmill.Engine.Tests;

/// <summary>Has no room after its first batch until it is opened for good.</summary>
internal sealed class ClosingSink<T> : DirectSink<T>
{
    private readonly Lock _lock = new();
    private readonly List<T> _rows = [];
    private readonly List<SinkContext> _writers = [];
    private bool _isOpen;
    private int _refusals;

    public int Refusals => Volatile.Read(ref _refusals);

    public int Count => Rows.Count;

    public IReadOnlyList<T> Rows
    {
        get
        {
            lock (_lock)
                return [.. _rows];
        }
    }

    public void Open()
    {
        lock (_lock)
            _isOpen = true;
        Wake();
    }

    public void Wake()
    {
        lock (_lock)
            _writers.ForEach(writer => writer.Wake());
    }

    public override DirectSinkWriter<T> OpenWriter(SinkContext context)
    {
        lock (_lock)
            _writers.Add(context);
        return new Writer(this);
    }

    private bool HasRoom()
    {
        lock (_lock)
        {
            if (_isOpen || _rows.Count == 0)
                return true;
            _refusals++;
            return false;
        }
    }

    private void Take(ReadOnlySpan<T> records)
    {
        lock (_lock)
            _rows.AddRange(records);
    }

    private sealed class Writer(ClosingSink<T> sink) : DirectSinkWriter<T>
    {
        public override bool CanWrite => sink.HasRoom();

        public override void Write(ReadOnlySpan<T> records) => sink.Take(records);

        public override ValueTask FlushAsync(CancellationToken cancellationToken) => default;
    }
}
