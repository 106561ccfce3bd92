namespace Gristmill.TestKit.Conformance.Stores;

/// <summary>A store does not do what it must; the message says what it did instead.</summary>
public sealed class ConformanceException(string message, Exception? innerException = null) : Exception(message, innerException);
