namespace Gristmill.Codec;

/// <summary>The bytes are not what a codec wrote: damaged, cut off, or read with the wrong schema.</summary>
public sealed class CorruptDataException : Exception
{
    /// <summary>Makes the exception for something that has no place in the data, e.g. a checksum.</summary>
    public CorruptDataException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    /// <param name="offset">How far the reader had come.</param>
    /// <param name="expected">What should have been there.</param>
    /// <param name="found">What was there.</param>
    /// <param name="inner">What a lower layer said.</param>
    public CorruptDataException(int offset, string expected, string found, Exception? inner = null)
        : base($"Corrupt data at or before offset {offset}: expected {expected}, found {found}.", inner) => Offset = offset;

    /// <summary>How far the reader had come when it found out; 0 if it isn't known.</summary>
    public int Offset { get; }
}
