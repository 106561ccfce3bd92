using System.Runtime.InteropServices;

namespace Gristmill.Kafka.Internal;

/// <summary>librdkafka's settings without a client of theirs, which would have threads and connections.</summary>
internal sealed unsafe partial class NativeSettings : IDisposable
{
    private const string Library = "librdkafka";
    private const int ReasonLength = 512;

    private readonly nint _settings = rd_kafka_conf_new();

    /// <summary>librdkafka's <c>rd_kafka_conf_res_t</c>.</summary>
    public enum Answer
    {
        Unknown = -2,
        Invalid = -1,
        Taken = 0,
    }

    public Answer Set(string name, string value)
    {
        // It has the value, and is not read.
        byte* reason = stackalloc byte[ReasonLength];
        return (Answer)rd_kafka_conf_set(_settings, name, value, reason, ReasonLength);
    }

    public void Dispose() => rd_kafka_conf_destroy(_settings);

#pragma warning disable SA1300, IDE1006 // They are librdkafka's names.
    [LibraryImport(Library)]
    private static partial nint rd_kafka_conf_new();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rd_kafka_conf_set(nint settings, string name, string value, byte* reason, nuint length);

    [LibraryImport(Library)]
    private static partial void rd_kafka_conf_destroy(nint settings);
#pragma warning restore SA1300, IDE1006
}
