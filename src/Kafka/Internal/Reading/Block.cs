namespace Gristmill.Kafka.Internal;

/// <summary>Records of one partition in a row, with their offsets; or one that could not be made into a record. Used again.</summary>
internal sealed class Block<T>
{
    public const int Capacity = 256;

    public readonly T[] Items = new T[Capacity];
    public readonly long[] Offsets = new long[Capacity];

    public int Count;

    /// <summary>Of keys and values.</summary>
    public long Bytes;

    public BadRecord? Bad;
}
