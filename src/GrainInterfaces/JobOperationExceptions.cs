namespace Gristmill.GrainInterfaces;

/// <summary>A job could not do what it was asked for.</summary>
[GenerateSerializer]
[Alias("Gristmill.JobOperationException")]
public class JobOperationException : Exception
{
    /// <summary>Creates the error.</summary>
    public JobOperationException(string message)
        : base(message)
    {
    }
}

/// <summary>No silo of the cluster has a job of this name.</summary>
[GenerateSerializer]
[Alias("Gristmill.UnknownJobException")]
public sealed class UnknownJobException : JobOperationException
{
    /// <summary>Creates the error.</summary>
    /// <param name="job">The name asked for.</param>
    /// <param name="known">The names there are.</param>
    public UnknownJobException(string job, IEnumerable<string> known)
        : base($"There is no job '{job}' on this cluster; its silos have: {string.Join(", ", known.Select(name => $"'{name}'"))}. Add it to every silo with siloBuilder.AddGristmill().AddJob<T>(), or correct the name.")
    {
    }
}
