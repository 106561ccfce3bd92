using Gristmill.Sinks;

namespace Gristmill;

/// <summary>Writes a stream as lines of text to the console or any other writer. At least once: after a failure lines come again.</summary>
public static class ConsoleLines
{
    /// <summary>Writes each record as a line.</summary>
    /// <param name="format">Makes the line of a record; its <c>ToString</c> by default. Called from several threads.</param>
    /// <param name="writer">Where to; the console by default. Used by one thread at a time.</param>
    /// <typeparam name="T">The record type.</typeparam>
    public static DirectSink<T> Write<T>(Func<T, string?>? format = null, TextWriter? writer = null)
        => new LinesSink<T>(format ?? (record => record?.ToString()), writer ?? Console.Out);
}
