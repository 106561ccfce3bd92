using Microsoft.Extensions.Logging;

namespace Gristmill.Kafka.Internal;

internal static partial class ReadLog
{
    [LoggerMessage(7101, LogLevel.Warning,
        "Source '{Operator}', subtask {Subtask}: Kafka at {Servers} can't be reached: {Reason} It is waited for; positions are kept.")]
    public static partial void Away(ILogger logger, string @operator, int subtask, string servers, string reason);

    [LoggerMessage(7102, LogLevel.Warning, "Source '{Operator}', subtask {Subtask}: Kafka at {Servers} is back after {Seconds:F1} s.")]
    public static partial void Back(ILogger logger, string @operator, int subtask, string servers, double seconds);

    [LoggerMessage(7103, LogLevel.Warning,
        "Source '{Operator}' goes on from a checkpoint and has waited {Seconds:F0} s for Kafka at {Servers}: {Reason} It is waited for until the job is stopped.")]
    public static partial void WaitsToGoOn(ILogger logger, string @operator, double seconds, string servers, string reason);

    [LoggerMessage(7104, LogLevel.Warning, "Source '{Operator}': {Loss} The job goes on at offset {Offset}, as WhenExpired says.")]
    public static partial void Expired(ILogger logger, string @operator, string loss, long offset);

    [LoggerMessage(7105, LogLevel.Warning,
        "Source '{Operator}', subtask {Subtask}: offsets can't be committed to group '{Group}': {Reason} Only monitoring is concerned; positions are in the checkpoints.")]
    public static partial void CommitsFail(ILogger logger, string @operator, int subtask, string group, string reason);

    [LoggerMessage(7106, LogLevel.Warning, "Source '{Operator}': no topic matches the pattern '{Pattern}' yet.")]
    public static partial void NoTopicYet(ILogger logger, string @operator, string pattern);

    [LoggerMessage(7107, LogLevel.Warning, "Source '{Operator}', subtask {Subtask}: new partitions can't be looked for: {Reason} It is tried again.")]
    public static partial void WatchFails(ILogger logger, string @operator, int subtask, string reason);

    [LoggerMessage(7108, LogLevel.Information, "Source '{Operator}', subtask {Subtask}: found {Split}; it is read from offset {Offset}.")]
    public static partial void Found(ILogger logger, string @operator, int subtask, string split, long offset);

    [LoggerMessage(7109, LogLevel.Debug, "Source '{Operator}', subtask {Subtask}: Kafka's client: {Text}")]
    public static partial void ClientSays(ILogger logger, string @operator, int subtask, string text);

    [LoggerMessage(7110, LogLevel.Warning, "Source '{Operator}', subtask {Subtask}: Kafka's client could not be closed: {Reason}")]
    public static partial void CloseFailed(ILogger logger, string @operator, int subtask, string reason);
}
