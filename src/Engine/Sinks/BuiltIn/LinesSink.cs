using System.Text;
using Gristmill.Checkpoints.Internal;

namespace Gristmill.Sinks;

/// <summary>
/// Lines are gathered in the step and written outside it: a terminal or pipe that does not take them holds the sink's subtask
/// back once much is gathered, and no worker.
/// </summary>
internal sealed class LinesSink<T>(Func<T, string?> format, TextWriter writer) : DirectSink<T>
{
    private readonly Lock _output = new();

    public override DirectSinkWriter<T> OpenWriter(SinkContext context) => new Writer(this, context);

    private void Print(string text)
    {
        lock (_output)
        {
            writer.Write(text);
            writer.Flush();
        }
    }

    private string? Format(T record) => format(record);

    private sealed class Writer(LinesSink<T> sink, SinkContext context) : DirectSinkWriter<T>
    {
        private const int MostGathered = 1 << 16;

        private readonly Lock _lock = new();
        private readonly StringBuilder _gathered = new();
        private Task? _printing;
        private Exception? _error;

        public override bool CanWrite
        {
            get
            {
                // With an error there is room: the next write tells it.
                lock (_lock)
                    return _gathered.Length < MostGathered || _error is not null;
            }
        }

        public override void Write(ReadOnlySpan<T> records)
        {
            var lines = new StringBuilder();
            foreach (T record in records)
                lines.Append(sink.Format(record)).Append(Environment.NewLine);
            lock (_lock)
            {
                if (_error is not null)
                    throw new IOException($"Sink '{context.Operator}' could not write its lines: {_error.Message}", _error);
                _gathered.Append(lines);
                _printing ??= IoPool.Run(PrintAll);
            }
        }

        public override async ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            Task? printing;
            lock (_lock)
                printing = _printing;
            if (printing is not null)
                await printing.WaitAsync(cancellationToken);
            lock (_lock)
            {
                if (_error is not null)
                    throw new IOException($"Sink '{context.Operator}' could not write its lines: {_error.Message}", _error);
            }
        }

        /// <summary>What was written before the last barrier is out; the rest comes again, so nobody waits for it.</summary>
        public override ValueTask DisposeAsync()
        {
            lock (_lock)
                _gathered.Clear();
            return base.DisposeAsync();
        }

        private void PrintAll()
        {
            while (true)
            {
                string text;
                lock (_lock)
                {
                    if (_gathered.Length == 0 || _error is not null)
                    {
                        _printing = null;
                        break;
                    }

                    text = _gathered.ToString();
                    _gathered.Clear();
                }

                try
                {
                    sink.Print(text);
                }
                catch (Exception e)
                {
                    lock (_lock)
                        _error = e;
                }

                context.Wake();
            }

            context.Wake();
        }
    }
}
