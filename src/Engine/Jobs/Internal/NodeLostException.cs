namespace Gristmill.Jobs;

/// <summary>A node, or the way to it, is gone: no fault of the job.</summary>
internal sealed class NodeLostException(string message, Exception? cause = null) : Exception(message, cause);
