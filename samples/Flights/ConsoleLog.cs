using Microsoft.Extensions.Logging;

namespace Gristmill.Samples.Flights;

/// <summary>Warnings and worse go to standard error; how the job starts is said among the progress.</summary>
internal sealed class ConsoleLog(Screen screen) : ILoggerFactory, ILogger
{
    // Event ids of the engine's log, which are stable.
    private const int StartsAnew = 1, GoesOn = 2, Failed = 5, Restarts = 6, Fenced = 13;

    private string _failure = "";

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string text = formatter(state, exception);
        switch (eventId.Id)
        {
            case StartsAnew or GoesOn:
                screen.WriteLine(text);
                break;
            case Failed:
                // If the job restarts this is a warning; if not it is the end, which the program tells.
                _failure = text;
                break;
            case Restarts:
                screen.WriteError($"warning: {_failure}");
                screen.WriteError($"warning: {text}");
                break;
            case Fenced:
                break;
            default:
                if (logLevel >= LogLevel.Warning)
                    screen.WriteError($"{Name(logLevel)}: {text}{(exception is null ? "" : $" ({exception.Message})")}");
                break;
        }
    }

    public void Dispose()
    {
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "critical",
    };
}
