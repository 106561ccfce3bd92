namespace Gristmill.Client;

/// <summary>No silo of the cluster answers. Nothing is known of the call: it may have been carried out.</summary>
public sealed class ClusterUnreachableException : Exception
{
    /// <summary>Creates the error.</summary>
    /// <param name="asked">What was asked for.</param>
    /// <param name="cause">What Orleans said.</param>
    public ClusterUnreachableException(string asked, Exception cause)
        : base(
            $"The cluster does not answer ({asked}): {cause?.Message} See that a silo is ready (/healthz/ready), that the client names "
            + "the cluster and service id and the clustering store of the silos, and that it reaches their gateway port; then ask again.", cause)
    {
    }
}
