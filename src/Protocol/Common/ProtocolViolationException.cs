namespace Gristmill.Protocol;

/// <summary>A belief of the protocol does not hold: a bug, here or in the host. The generation must fail.</summary>
public sealed class ProtocolViolationException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ProtocolViolationException()
    {
    }

    /// <summary>Creates the exception for the belief that does not hold.</summary>
    public ProtocolViolationException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception for the belief that does not hold.</summary>
    public ProtocolViolationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
