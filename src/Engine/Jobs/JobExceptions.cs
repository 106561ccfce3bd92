namespace Gristmill;

/// <summary>A job is not right as it is described or configured, so that it does not start, or does not start again.</summary>
public sealed class JobConfigurationException : Exception
{
    /// <summary>Creates the error from all the faults.</summary>
    public JobConfigurationException(string job, IReadOnlyList<string> faults)
        : base($"Job '{job}' can't start:{string.Concat(faults.Select(fault => $"{Environment.NewLine}  - {fault}"))}")
        => Faults = faults;

    /// <summary>Creates the error of several jobs of a host.</summary>
    public JobConfigurationException(IReadOnlyList<JobConfigurationException> jobs)
        : base(string.Join(Environment.NewLine, jobs.Select(job => job.Message)))
        => Faults = [.. jobs.SelectMany(job => job.Faults)];

    /// <summary>What is wrong, each with its remedy.</summary>
    public IReadOnlyList<string> Faults { get; }
}

/// <summary>Another process has taken the job over: this one must not go on.</summary>
public sealed class JobFencedException : Exception
{
    /// <summary>Creates the error.</summary>
    public JobFencedException(string job, long generation)
        : base($"Job '{job}', generation {generation}: another process was started on the same checkpoints and has taken the job over. "
            + "This one has stopped; nothing it did after that counts. To run both, give each a job name or a checkpoint folder of its own.")
    {
    }
}

/// <summary>A job has failed for good.</summary>
public sealed class JobFailedException : Exception
{
    /// <summary>Creates the error.</summary>
    public JobFailedException(string message, Exception? cause)
        : base(message, cause)
    {
    }
}
