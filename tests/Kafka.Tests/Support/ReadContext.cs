using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Gristmill.Kafka.Tests;

/// <summary>A subtask's surroundings: keeps bad records and what is logged, and lets a test wait to be woken.</summary>
public sealed class ReadContext(int subtask = 0, int parallelism = 1, bool isResuming = false) : SourceContext, IDisposable
{
    private readonly SemaphoreSlim _woken = new(0);

    public List<BadRecord> Bad { get; } = [];

    public LogLines Log { get; } = new();

    public override bool IsResuming => isResuming;

    public override string Job => "job";

    public override string Operator => "in";

    public override int Subtask => subtask;

    public override int Parallelism => parallelism;

    public override TimeProvider Time => TimeProvider.System;

    public override ILogger Logger => Log;

    /// <summary>A fetcher may still be on its way out when its test is over.</summary>
    public override void Wake()
    {
        try
        {
            _woken.Release();
        }
        catch (ObjectDisposedException)
        {
            // Nobody waits any more.
        }
    }

    public override void WakeAt(DateTimeOffset utc) => Wake();

    public override void ReportBadRecord(BadRecord bad) => Bad.Add(bad);

    public bool WaitToBeWoken(TimeSpan atMost) => _woken.Wait(atMost, TestContext.Current.CancellationToken);

    public void Dispose() => _woken.Dispose();
}

/// <summary>A log that keeps its lines.</summary>
public sealed class LogLines : ILogger, ILoggerFactory
{
    private readonly ConcurrentQueue<(LogLevel Level, int Id, string Text)> _lines = [];

    public IReadOnlyList<(LogLevel Level, int Id, string Text)> Lines => [.. _lines];

    public override string ToString() => string.Join(Environment.NewLine, Lines);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        _lines.Enqueue((logLevel, eventId.Id, formatter(state, exception)));
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}
