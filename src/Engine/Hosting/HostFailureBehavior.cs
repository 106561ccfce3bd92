namespace Gristmill;

/// <summary>What a host does when one of its jobs has failed for good or was taken over by another process.</summary>
public enum HostFailureBehavior
{
    /// <summary>The host stops: the other jobs take a last checkpoint, and stopping ends with the job's error, so that the process does not look well.</summary>
    StopHost = 0,

    /// <summary>It is logged, and the host and its other jobs go on.</summary>
    Ignore = 1,
}
