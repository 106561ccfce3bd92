namespace Gristmill.Checkpoints;

/// <summary>The store could not do what was asked; the message names the place, the cause and a remedy.</summary>
public class CheckpointStoreException : Exception
{
    /// <summary>Creates the exception.</summary>
    public CheckpointStoreException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its cause.</summary>
    public CheckpointStoreException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
