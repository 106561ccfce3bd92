using System.Collections.Concurrent;
using Gristmill.Checkpoints;
using Gristmill.Engine.Tests;
using Microsoft.Extensions.Logging;

namespace Gristmill.Grains.Tests;

/// <summary>What the silos of a test share because they are in one process: the store, what was published, the log.</summary>
public sealed class Shared
{
    private long _counted;

    /// <summary>A store outside the silos, as far as they can tell.</summary>
    public MemoryCheckpointStore Store { get; } = new();

    public Collected<Row> Rows { get; } = new();

    /// <summary>Publishes there, too, and holds one of its subtasks back.</summary>
    internal SlowSink<Row> Slow => field ??= new SlowSink<Row>(Rows, blocked: 1);

    /// <summary>Records in all.</summary>
    public long Records { get; init; } = 20_000;

    /// <summary>Records a second; null: as fast as they are taken.</summary>
    public double? PerSecond { get; init; }

    public int Keys { get; init; } = 97;

    /// <summary>What goes wrong around the silos.</summary>
    public Troubles Troubles { get; } = new();

    /// <summary>How many records were counted, again those that were read again.</summary>
    public long Counted => Interlocked.Read(ref _counted);

    public void Count() => Interlocked.Increment(ref _counted);

    public LogLines Log { get; } = new();

    /// <summary>What grain storage holds.</summary>
    public ConcurrentDictionary<string, (int Version, byte[] Data)> GrainStates { get; } = [];
}

/// <summary>A record with weight.</summary>
public readonly record struct Parcel(long Number, string Ballast);

/// <summary>A row of a result.</summary>
public readonly record struct Row(long Key, long Value);

/// <summary>Keeps what is logged.</summary>
public sealed class LogLines : ILoggerProvider
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public bool Has(string part) => Lines.Any(line => line.Contains(part, StringComparison.Ordinal));

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogLines owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!category.StartsWith("Gristmill", StringComparison.Ordinal))
                return;
            lock (owner._lock)
                owner._lines.Add($"{DateTime.UtcNow:HH:mm:ss.fff} {logLevel} {formatter(state, exception)}{(exception is null ? "" : " | " + exception)}");
        }
    }
}
