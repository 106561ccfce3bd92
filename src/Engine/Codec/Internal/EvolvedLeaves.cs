namespace Gristmill.Codec.Internal;

/// <summary>Reads what was never null as a value that may be.</summary>
internal sealed class NeverNullCodec<T>(Codec<T> element) : Codec<T?>
    where T : struct
{
    public override Schema Schema => element.Schema;

    public override void Write(ByteWriter writer, in T? value) => throw new NotSupportedException();

    public override T? Read(ref ByteReader reader) => element.Read(ref reader);
}

/// <summary>Reads an enum whose names have got other numbers since.</summary>
internal sealed class RenumberedEnumCodec<T>(Schema written, Dictionary<long, long> numbers) : Codec<T>
    where T : struct, Enum
{
    public override Schema Schema => written;

    public override void Write(ByteWriter writer, in T value) => throw new NotSupportedException();

    public override T Read(ref ByteReader reader)
    {
        var value = Wire.Get<T>(ref reader);
        return numbers.TryGetValue(EnumNumbers.BitsOf(value), out var now)
            ? EnumNumbers.FromBits<T>(now)
            : throw new CorruptDataException(reader.Position, $"a named number of the enum {written.Name}, whose names have other numbers now", $"{value:D}");
    }
}
