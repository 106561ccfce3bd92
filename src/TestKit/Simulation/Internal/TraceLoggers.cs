using Gristmill.Checkpoints;
using Gristmill.Protocol;
using Microsoft.Extensions.Logging;

namespace Gristmill.TestKit.Simulation;

/// <summary>Puts what the job logs into the trace, and looks in it for errors nobody planted.</summary>
internal sealed class TraceLoggers(World world, SimulatedProcess process, Damage damage) : ILoggerFactory, ILogger
{
    private const int FallsBack = 8;

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        world.Trace.Note(TraceKind.Log, process.Number, eventId.Id);
        if (world.Trace.KeepsLines)
            world.Say($"p{process.Number}: {formatter(state, exception)}");
        if (eventId.Id == FallsBack)
            world.Counts.FallBacks++;
        if (exception is not null && !IsPlanted(exception) && !IsJudgedLater(exception))
            world.Violate($"process {process.Number} failed for a reason nobody planted: {formatter(state, exception)} {exception}");
    }

    public void Dispose()
    {
    }

    /// <summary>Whether it is right to give up is judged when the process has ended; what is damaged may be noticed anywhere.</summary>
    private bool IsJudgedLater(Exception error)
        => (world.HasVersions && error is JobConfigurationException)
            || (damage.IsAny && error is JobFailedException or CorruptCheckpointException or ObjectNotFoundException or UnsupportedFormatException);

    private static bool IsPlanted(Exception? error)
        => error is not null and not ProtocolViolationException
            && (error is SimulatedFault or SimulatedStoreFault
                || IsPlanted(error.InnerException)
                || (error is AggregateException several && several.InnerExceptions.Any(IsPlanted)));
}
