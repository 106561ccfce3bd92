namespace Gristmill;

/// <summary>An error of a source, a sink or a user's function that knows whether a restart could help.</summary>
public interface IJobError
{
    /// <summary>True: it would come again, so the job fails at once, whatever the restart policy. Errors that don't say are restarted after.</summary>
    bool IsPermanent { get; }
}
