using Gristmill.Codec;

namespace Gristmill.Checkpoints;

/// <summary>A value as it lies in a checkpoint.</summary>
/// <param name="Schema">How it is encoded.</param>
/// <param name="Bytes">Its bytes.</param>
public readonly record struct EncodedValue(Schema Schema, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Reads it without its type, see <see cref="Schema.ReadValue"/>.</summary>
    /// <exception cref="CorruptDataException">The bytes are no such value.</exception>
    public object? Read()
    {
        var reader = new ByteReader(Bytes.Span);
        return Schema.ReadValue(ref reader);
    }

    /// <summary>Reads it as a type, by the codec's rules of evolution.</summary>
    /// <exception cref="SchemaMismatchException">It can't be read as one.</exception>
    /// <exception cref="CorruptDataException">The bytes are no such value.</exception>
    public T Read<T>()
    {
        var reader = new ByteReader(Bytes.Span);
        return Codecs.For<T>(Schema).Read(ref reader);
    }
}
