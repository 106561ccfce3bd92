namespace Gristmill.Codec;

/// <summary>Writes and reads values of one type. Get one from <see cref="Codecs.For{T}()"/>; thread-safe and without state.</summary>
/// <typeparam name="T">The type of the values.</typeparam>
public abstract class Codec<T>
{
    /// <summary>Describes the bytes this codec writes and reads.</summary>
    public abstract Schema Schema { get; }

    /// <summary>The size in bytes of every value; null if sizes differ.</summary>
    public virtual int? FixedSize => null;

    /// <summary>Appends one value.</summary>
    /// <exception cref="InvalidOperationException">The value refers to itself, or is of a class derived from the declared one.</exception>
    public abstract void Write(ByteWriter writer, in T value);

    /// <summary>Reads one value.</summary>
    /// <exception cref="CorruptDataException">The bytes are not such a value.</exception>
    public abstract T Read(ref ByteReader reader);

    /// <summary>Appends values one after the other, without a count.</summary>
    public virtual void WriteMany(ByteWriter writer, ReadOnlySpan<T> values)
    {
        foreach (ref readonly var value in values)
            Write(writer, in value);
    }

    /// <summary>Reads as many values as there is room for.</summary>
    public virtual void ReadMany(ref ByteReader reader, Span<T> values)
    {
        foreach (ref var value in values)
            value = Read(ref reader);
    }
}
