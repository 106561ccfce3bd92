using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gristmill.Codec.Internal;

/// <summary>Values whose bytes are those in memory: numbers, enums, and structs of them that are laid out as they are written.</summary>
internal sealed class RawCodec<T>(Schema schema) : Codec<T>
{
    public override Schema Schema => schema;

    public override int? FixedSize => Unsafe.SizeOf<T>();

    public override void Write(ByteWriter writer, in T value) =>
        Unsafe.WriteUnaligned(ref writer.Claim(Unsafe.SizeOf<T>()), value);

    public override T Read(ref ByteReader reader) => Unsafe.ReadUnaligned<T>(ref reader.Take(Unsafe.SizeOf<T>()));

    public override void WriteMany(ByteWriter writer, ReadOnlySpan<T> values) => writer.WriteBytes(BytesOf(values));

    public override void ReadMany(ref ByteReader reader, Span<T> values)
    {
        var to = BytesOf(values);
        reader.ReadBytes(to.Length).CopyTo(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(to), to.Length));
    }

    // MemoryMarshal.AsBytes without its constraint to structs, which a codec for any T can't state.
    private static ReadOnlySpan<byte> BytesOf(ReadOnlySpan<T> values) => MemoryMarshal.CreateReadOnlySpan(
        ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(values)), checked(values.Length * Unsafe.SizeOf<T>()));
}

/// <summary>Values of fixed size of which some bytes are none: booleans, dates, decimals.</summary>
internal sealed class CheckedCodec<T>(Schema schema) : Codec<T>
{
    private readonly int _size = schema.FixedSize!.Value;

    public override Schema Schema => schema;

    public override int? FixedSize => _size;

    public override void Write(ByteWriter writer, in T value) => Wire.Put(ref writer.Claim(_size), value);

    public override T Read(ref ByteReader reader) => Wire.Get<T>(ref reader);
}

internal sealed class StringCodec(Schema schema) : Codec<string?>
{
    public override Schema Schema => schema;

    public override void Write(ByteWriter writer, in string? value) => writer.WriteNullableString(value);

    public override string? Read(ref ByteReader reader) => reader.ReadNullableString();
}

internal sealed class BytesCodec(Schema schema) : Codec<byte[]?>
{
    public override Schema Schema => schema;

    public override void Write(ByteWriter writer, in byte[]? value)
    {
        writer.WriteVarUInt(value is null ? 0 : (ulong)value.Length + 1);
        writer.WriteBytes(value);
    }

    public override byte[]? Read(ref ByteReader reader) =>
        SchemaValues.TryReadCount(ref reader, 1, out var count) ? reader.ReadBytes(count).ToArray() : null;
}

/// <summary>A value that may be missing.</summary>
internal sealed class NullableCodec<T>(Schema schema, Codec<T> element) : Codec<T?>
    where T : struct
{
    public override Schema Schema => schema;

    public override void Write(ByteWriter writer, in T? value)
    {
        writer.WriteByte(value.HasValue ? (byte)1 : (byte)0);
        if (value.HasValue)
            element.Write(writer, in Nullable.GetValueRefOrDefaultRef(in value));
    }

    public override T? Read(ref ByteReader reader) => reader.ReadBoolean() ? element.Read(ref reader) : null;
}
