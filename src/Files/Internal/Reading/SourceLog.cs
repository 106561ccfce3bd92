using Microsoft.Extensions.Logging;

namespace Gristmill.Files.Internal;

internal static partial class SourceLog
{
    [LoggerMessage(7001, LogLevel.Warning,
        "Source '{Operator}': the file '{Path}' has grown by {Grown} bytes since the job took it up; only its first {Length} bytes are read.")]
    public static partial void FileHasGrown(ILogger logger, string @operator, string path, long grown, long length);
}
