using Gristmill.Kafka.Internal;

namespace Gristmill.Kafka;

/// <summary>The native client, librdkafka.</summary>
public static class KafkaClient
{
    /// <summary>
    /// Loads it, as every source and sink does by itself. For programs that use Confluent.Kafka too, before they do: it also finds
    /// the system's library where the package's is not there.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is none; the message says how to get it.</exception>
    public static void Load()
    {
        if (WhyMissing is { } missing)
            throw new InvalidOperationException(missing);
    }

    /// <summary>Why there is none, with the remedy; null: it is loaded.</summary>
    public static string? WhyMissing => NativeClient.WhyMissing;
}
