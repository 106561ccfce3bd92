namespace Gristmill.Kafka;

/// <summary>Topics can't be read as the job asks: the cluster can't be reached or refuses it, a partition or its records are gone.</summary>
public sealed class KafkaSourceException : IOException
{
    /// <summary>Creates the error.</summary>
    public KafkaSourceException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
