namespace Gristmill.Cli;

/// <summary>The question can't be answered as it was asked; the message names argument, value and remedy.</summary>
internal sealed class UsageException(string message, Exception? innerException = null) : Exception(message, innerException);
