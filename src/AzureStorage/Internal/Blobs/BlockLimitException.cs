namespace Gristmill.AzureStorage.Internal;

/// <summary>A blob can't be made of as many blocks as it would take; the message has the remedy.</summary>
internal sealed class BlockLimitException(string message) : IOException(message);
