using System.Reflection;
using Confluent.Kafka;

namespace Gristmill.Kafka.Internal;

/// <summary>
/// Lets the client work over a librdkafka before 2.1, as Debian's is: it asks each record and offset for its leader epoch, by
/// functions that are not there. Stand-ins say that there is none, as a new library does of old brokers.
/// </summary>
internal static class LeaderEpochs
{
    private const int Since = 0x02010000;

    /// <summary>Where the client keeps its pointers to native functions; each with what takes its place.</summary>
    private static readonly (string Field, string StandIn)[] Missing =
    [
        ("_message_leader_epoch", nameof(None)),
        ("_topic_partition_get_leader_epoch", nameof(None)),
        ("_topic_partition_set_leader_epoch", nameof(Ignore)),
    ];

    /// <returns>Why the library can't be used, a sentence with the remedy; null: it can.</returns>
    public static string? StandInWhereMissing()
    {
        if (Library.Version >= Since)
            return null;
        Type? natives = typeof(Library).Assembly.GetType("Confluent.Kafka.Impl.Librdkafka");
        foreach ((string name, string standIn) in Missing)
        {
            if (natives?.GetField(name, BindingFlags.Static | BindingFlags.NonPublic) is not { } field)
                return $"librdkafka {Library.VersionString} is too old for Confluent.Kafka {typeof(Library).Assembly.GetName().Version}. Add the NuGet package librdkafka.redist to the application, or install librdkafka 2.1 or newer.";
            field.SetValue(null, typeof(LeaderEpochs).GetMethod(standIn, BindingFlags.Static | BindingFlags.NonPublic)!.CreateDelegate(field.FieldType));
        }

        return null;
    }

    // The client takes a negative epoch for none.
    private static int None(nint recordOrPartition) => -1;

    private static void Ignore(nint partition, int epoch)
    {
    }
}
