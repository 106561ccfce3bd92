using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Gristmill.Engine.Tests;

/// <summary>Keeps what is logged.</summary>
internal sealed class CapturedLog : ILoggerFactory, ILoggerProvider
{
    private readonly ConcurrentQueue<Line> _lines = [];

    public IReadOnlyList<Line> Lines => [.. _lines];

    public IReadOnlyList<Line> Of(int id) => [.. _lines.Where(line => line.Id == id)];

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    internal sealed record Line(LogLevel Level, int Id, string Text, Exception? Error);

    private sealed class Logger(CapturedLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => log._lines.Enqueue(new Line(logLevel, eventId.Id, formatter(state, exception), exception));
    }
}
