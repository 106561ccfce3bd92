namespace Gristmill.Samples.Flights;

/// <summary>What the process says to its caller.</summary>
internal static class ExitCodes
{
    /// <summary>The result is complete.</summary>
    public const int Done = 0;

    /// <summary>The job failed, or another process took it over.</summary>
    public const int Failed = 1;

    /// <summary>The command can't be carried out as it is written.</summary>
    public const int Usage = 2;

    /// <summary>Stopped by a signal, as shells say it: 130 after Ctrl+C, 143 after SIGTERM. The result is not complete.</summary>
    public const int StoppedBySignal = 128;
}
