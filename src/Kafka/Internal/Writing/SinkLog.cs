using Microsoft.Extensions.Logging;

namespace Gristmill.Kafka.Internal;

internal static partial class SinkLog
{
    [LoggerMessage(7301, LogLevel.Warning,
        "Sink '{Operator}': can't write epoch {Epoch} to '{Topic}' at {Servers} and goes on trying ({Seconds} s so far): {Reason}")]
    public static partial void Waits(ILogger logger, string @operator, long epoch, string topic, string servers, long seconds, string reason);

    [LoggerMessage(7302, LogLevel.Information, "Sink '{Operator}': epoch {Epoch} is in '{Topic}', after {Seconds} s.")]
    public static partial void GoesOn(ILogger logger, string @operator, long epoch, string topic, long seconds);

    [LoggerMessage(7303, LogLevel.Warning,
        "Sink '{Operator}': the record of which epoch is out (group '{Group}') is gone; WhenRecordLost is {Setting}, so epochs {First} to {Last} are handled accordingly.")]
    public static partial void RecordLost(ILogger logger, string @operator, string group, WhenRecordLost setting, long first, long last);

    [LoggerMessage(7304, LogLevel.Warning, "Sink '{Operator}': couldn't renew the record of the written epoch (group '{Group}'); the next try is in {Hours} h: {Reason}")]
    public static partial void NotRenewed(ILogger logger, string @operator, string group, double hours, string reason);

    [LoggerMessage(7305, LogLevel.Debug, "Sink '{Operator}': librdkafka says: {Facility} {Text}")]
    public static partial void Client(ILogger logger, string @operator, string facility, string text);

    [LoggerMessage(7306, LogLevel.Warning, "Sink '{Operator}': records for '{Topic}' at {Servers} are not acknowledged and wait: {Reason}")]
    public static partial void Undelivered(ILogger logger, string @operator, string topic, string servers, string reason);

    [LoggerMessage(7307, LogLevel.Information, "Sink '{Operator}': records for '{Topic}' are acknowledged again.")]
    public static partial void Delivers(ILogger logger, string @operator, string topic);

    [LoggerMessage(7308, LogLevel.Warning, "Sink '{Operator}': can't get ready to write to '{Topic}' at {Servers} and goes on trying ({Seconds} s so far): {Reason}")]
    public static partial void WaitsToOpen(ILogger logger, string @operator, string topic, string servers, long seconds, string reason);

    [LoggerMessage(7309, LogLevel.Information, "Sink '{Operator}': is ready to write to '{Topic}', after {Seconds} s.")]
    public static partial void Opens(ILogger logger, string @operator, string topic, long seconds);
}
