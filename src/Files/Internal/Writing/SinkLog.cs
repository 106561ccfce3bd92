using Microsoft.Extensions.Logging;

namespace Gristmill.Files.Internal;

internal static partial class SinkLog
{
    [LoggerMessage(7002, LogLevel.Warning,
        "Sink '{Operator}': the file '{Path}' of an earlier run, which no checkpoint needs, can't be deleted and stays: {Detail}")]
    public static partial void OrphanStays(ILogger logger, string @operator, string path, string detail);
}
