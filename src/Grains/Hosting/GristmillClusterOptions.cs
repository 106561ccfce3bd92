namespace Gristmill.Grains;

/// <summary>How a cluster runs its jobs. The same on every silo.</summary>
public sealed class GristmillClusterOptions
{
    /// <summary>The grain storage that keeps whether a job should run. Default: null, memory, which ends with the last silo.</summary>
    public string? StorageProvider { get; set; }

    /// <summary>The stream provider that carries epochs to sources. Default: null, memory streams; a lost message is made up for.</summary>
    public string? StreamProvider { get; set; }

    /// <summary>Whether a job that was never started or stopped starts with the cluster. Default: true.</summary>
    public bool AutoStart { get; set; } = true;

    /// <summary>How long after the first silo such a job starts, so that the others have joined and are used. Default: 5 s; 0 to 10 minutes.</summary>
    public TimeSpan AutoStartDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the coordinator looks after each subtask. Default: 1 s; 50 ms to 1 minute.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a subtask may take to answer before its generation is given up. Default: 5 s; at least <see cref="PingInterval"/>.</summary>
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a subtask hears nothing before it wakes the coordinator, on another silo if need be. Default: 4 s; more than <see cref="PingInterval"/>.</summary>
    public TimeSpan SilenceLimit { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How long the nodes of a generation have to restore their state. Default: 10 minutes.</summary>
    public TimeSpan RestoreTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a reminder looks whether the coordinator lives. Default: 1 minute, which is the least.</summary>
    public TimeSpan ReminderPeriod { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The store of whether a job should run.</summary>
    internal string Storage => StorageProvider ?? "gristmill";

    /// <summary>The stream provider of epochs.</summary>
    internal string Streams => StreamProvider ?? "gristmill";

    /// <summary>For tests: whether an epoch message gets lost.</summary>
    internal Func<long, bool>? LosesEpoch { get; set; }

    /// <summary>For tests: what a source waits for before it subscribes to epochs.</summary>
    internal Func<Task>? Subscribing { get; set; }

    /// <summary>How old the head may be that a silo sees on a shared disk. Longer, and it sees another disk.</summary>
    internal TimeSpan LongestStoreLag { get; set; } = TimeSpan.FromSeconds(15);

    internal IEnumerable<string> Problems()
    {
        if (PingInterval < TimeSpan.FromMilliseconds(50) || PingInterval > TimeSpan.FromMinutes(1))
            yield return $"PingInterval is {PingInterval}; set 50 ms to 1 minute.";
        if (AutoStartDelay < TimeSpan.Zero || AutoStartDelay > TimeSpan.FromMinutes(10))
            yield return $"AutoStartDelay is {AutoStartDelay}; set 0 to 10 minutes.";
        if (PingTimeout < PingInterval)
            yield return $"PingTimeout is {PingTimeout}, less than PingInterval, {PingInterval}; set it higher.";
        if (SilenceLimit <= PingInterval)
            yield return $"SilenceLimit is {SilenceLimit}, not more than PingInterval, {PingInterval}; set it higher.";
        if (RestoreTimeout <= TimeSpan.Zero)
            yield return $"RestoreTimeout is {RestoreTimeout}; set more than zero.";
        if (ReminderPeriod < TimeSpan.FromMinutes(1))
            yield return $"ReminderPeriod is {ReminderPeriod}; set at least 1 minute, the least Orleans takes.";
    }
}
