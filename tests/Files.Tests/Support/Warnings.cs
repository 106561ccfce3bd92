using Microsoft.Extensions.Logging;

namespace Gristmill.Files.Tests;

/// <summary>A log that keeps its warnings.</summary>
public sealed class Warnings : ILogger
{
    public List<string> Texts { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (IsEnabled(logLevel))
            Texts.Add(formatter(state, exception));
    }
}
